// SPDX-License-Identifier: MIT
// The listener that looks for leaks, put to the test: the cases that leak are skipped unless this program is asked for
// them, which the other cases do.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "os/process.hpp"
#include "os/signals.hpp"
#include "support/child.hpp"
#include "support/rendezvous.hpp"

using namespace brood;
using namespace brood::test;

TEST_CASE("leaks a descriptor" * doctest::skip()) { CHECK(::open("/dev/null", O_RDONLY) > 2); }

TEST_CASE("leaks a blocked signal" * doctest::skip()) { os::block(SIGUSR1); }

TEST_CASE("leaks a umask" * doctest::skip()) { ::umask(0123); }

TEST_CASE("leaks a grandchild in a session of its own" * doctest::skip()) {
  if (os::fork_process() == 0) {
    ::setsid();
    if (os::fork_process() == 0) os::exit_now(::pause());
    os::exit_now(0);
  }
}

TEST_CASE("leaks nothing" * doctest::skip()) {
  const Pipe pipe = make_pipe();
  const os::SignalBlock block;
  Child child([](int) { return 0; });
  CHECK(child.wait() == ExitStatus::exited(0));
}

namespace {

struct Run {
  ExitStatus status;
  std::string words;
};

Run run_case(const std::string& name) {
  Child child([&](int output) {
    os::place(output, 1);
    os::place(output, 2);
    ::setenv("BROOD_TEST_PATIENCE_MS", "0", 1);
    const std::string filter = "--test-case=" + name;
    ::execl("/proc/self/exe", "tests", filter.c_str(), "--no-skip", nullptr);
    return 98;
  });
  std::string words = child.read_output();
  return {child.wait(), std::move(words)};
}

void check_blamed(const std::string& name, const std::string& leak) {
  const Run run = run_case(name);
  CHECK(run.status == ExitStatus::exited(1));
  CAPTURE(run.words);
  CHECK(run.words.find("LEAK: the test case \"" + name + "\" left " + leak) != std::string::npos);
}

}  // namespace

TEST_CASE("a case that leaks is named, with what it leaks, and fails the run") {
  check_blamed("leaks a descriptor", "descriptor ");
  check_blamed("leaks a blocked signal", "another signal mask");
  check_blamed("leaks a umask", "another umask");
  check_blamed("leaks a grandchild in a session of its own", "process ");
}

TEST_CASE("a case that leaves nothing passes") {
  CHECK(run_case("leaks nothing").status == ExitStatus::exited(0));
}
