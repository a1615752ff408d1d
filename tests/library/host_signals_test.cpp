// SPDX-License-Identifier: MIT
// Hosts that have SIGCHLD, and other signals, in their own hands.
#include <doctest/doctest.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sstream>

#include "os/process.hpp"
#include "support/host.hpp"
#include "support/sanitizers.hpp"

namespace {

using namespace brood::test;
using brood::StartMethod;

// Does this kernel tell the status of a child that somebody else has reaped? (Linux 6.15)
bool kernel_tells() {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(0);
  const auto pidfd = brood::os::open_pidfd(pid);
  (void)::waitpid(pid, nullptr, 0);
  std::uint64_t info[8] = {1u << 3};
  return ::ioctl(pidfd->get(), _IOWR(0xFF, 11, std::uint64_t[8]), info) == 0 && (info[0] & 1u << 3);
}

const Facts known{"function 7",     "command 8",      "victim lives", "victim -9",
                  "missing ENOENT", "many 0 1 2 3 4", "left 0"};
const Facts unknown{"function unknown",
                    "command unknown",
                    "victim lives",
                    "victim unknown",
                    "missing ENOENT",
                    "many unknown unknown unknown unknown unknown",
                    "left 0"};

// Each word is what is known for sure, or "unknown": never anything else.
void check_nothing_invented(const std::string& said) {
  std::istringstream words(said), sure(listed(known));
  std::string word, expected;
  while (sure >> expected) {
    REQUIRE(static_cast<bool>(words >> word));
    if (word != "unknown") CHECK(word == expected);
  }
  CHECK_FALSE(static_cast<bool>(words >> word));
}

TEST_CASE("children's ends are known in a host that does nothing strange") {
  for_each_method([](StartMethod method) { CHECK(facts_of("calm", method) == listed(known)); });
}

TEST_CASE("system calls that an old kernel, or a filter, does not have are done without") {
  for_each_method([](StartMethod method) {
    for (const char* call : {"clone3", "close_range", "ioctl"}) {
      CAPTURE(call);
      CHECK(facts_of("calm", method, {call}) == listed(known));
    }
    CHECK(facts_of("calm", method, {"ioctl", "clone3", "close_range"}) == listed(known));
  });
}

TEST_CASE("with SIGCHLD ignored, ends are known where the kernel tells them") {
  const Facts& expected = kernel_tells() ? known : unknown;
  for_each_method([&](StartMethod method) {
    CHECK(facts_of("sigchld-ignored", method) == listed(expected));
    CHECK(facts_of("no-cldwait", method) == listed(expected));
  });
}

TEST_CASE("with SIGCHLD ignored on an old kernel, ends are unknown") {
  for_each_method([](StartMethod method) {
    CHECK(facts_of("sigchld-ignored", method, {"ioctl"}) == listed(unknown));
    CHECK(facts_of("no-cldwait", method, {"ioctl"}) == listed(unknown));
  });
}

TEST_CASE("where a handler or a thread reaps all children, ends are known where the kernel tells them") {
  const bool tells = kernel_tells();
  for_each_method([&](StartMethod method) {
    for (const char* circumstance : {"handler-reaps", "thread-reaps"}) {
      CAPTURE(circumstance);
      const std::string said = facts_of(circumstance, method);
      if (tells)
        CHECK(said == listed(known));
      else
        check_nothing_invented(said);
    }
  });
}

TEST_CASE("where a handler or a thread reaps all children on an old kernel, no end is invented") {
  for_each_method([](StartMethod method) {
    check_nothing_invented(facts_of("handler-reaps", method, {"ioctl"}));
    check_nothing_invented(facts_of("thread-reaps", method, {"ioctl"}));
  });
}

TEST_CASE("children begin with default signals, and their host's stay as they are" *
          doctest::skip(under_thread_sanitizer)) {
  for_each_method([](StartMethod method) {
    const std::string said = facts_of("signals-set", method);
    CHECK(said.starts_with("function default\n"));
    for (const char* set : {"SigBlk", "SigIgn", "SigCgt"}) {
      CAPTURE(set);
      CHECK(said.find(std::string(set) + ":\t0000000000000000\n") != std::string::npos);
    }
    CHECK(said.ends_with("host as before\n"));
  });
}

TEST_CASE("under fork a child keeps the signals of its host where that is asked for") {
  const std::string said = facts_of("signals-kept", StartMethod::fork);
  CHECK(said == "function ignored:1 blocked:10 caught:12\n");
}

TEST_CASE("a handler of the host never runs in a child" * doctest::skip(under_thread_sanitizer)) {
  for_each_method([](StartMethod method) {
    CHECK(facts_of("bombarded", method) == listed({"strange", "gunner 0", "in host yes", "elsewhere 0"}));
  });
}

TEST_CASE("a timer that interrupts everything is not noticed" * doctest::skip(under_thread_sanitizer)) {
  for_each_method([](StartMethod method) {
    Facts expected;
    for (int i = 0; i < 3; ++i) expected.insert(expected.end(), known.begin(), known.end() - 1);
    for (const char* fact : {"late stays", "wait 0", "terminate yes", "late -15", "alarms many", "left 0"})
      expected.push_back(fact);
    CHECK(facts_of("interrupted", method) == listed(expected));
  });
}

}  // namespace
