// SPDX-License-Identifier: MIT
#include "support/leak_listener.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <set>
#include <string>

#include "os/file.hpp"
#include "os/poll.hpp"
#include "os/proc.hpp"
#include "os/process.hpp"

namespace brood::test {
namespace {

// A process that ends by itself is none that was left. Only those that do not are waited for so long.
std::chrono::milliseconds patience() {
  const char* chosen = std::getenv("BROOD_TEST_PATIENCE_MS");
  return std::chrono::milliseconds(chosen ? std::stoi(chosen) : 3000);
}

bool found_leaks = false;
bool is_failing = false;

struct Snapshot {
  std::map<int, std::string> descriptors;  // what each is open on
  std::set<int> blocked;
  unsigned umask = 0;
};

std::map<int, std::string> open_descriptors() {
  std::map<int, std::string> open;
  const os::Fd dir = os::open_at(os::current_directory(), "/proc/self/fd", os::Open::directory);
  for (const auto& name : os::names_in(dir.get())) {
    const int fd = std::stoi(name);
    char target[512] = {};
    // Not the two that looking itself has opened: one is ours, the other is closed by now.
    if (fd != dir.get() && ::readlinkat(dir.get(), name.c_str(), target, sizeof target - 1) > 0)
      open[fd] = target;
  }
  return open;
}

Snapshot take_snapshot() {
  Snapshot now;
  now.descriptors = open_descriptors();
  sigset_t mask;
  ::sigprocmask(SIG_SETMASK, nullptr, &mask);
  for (int signal = 1; signal < NSIG; ++signal)
    if (::sigismember(&mask, signal) == 1) now.blocked.insert(signal);
  now.umask = ::umask(077);
  ::umask(static_cast<mode_t>(now.umask));
  return now;
}

std::string command_line(pid_t pid) {
  const auto file =
      os::find_at(os::current_directory(), "/proc/" + std::to_string(pid) + "/cmdline", os::Open::read);
  std::string line = file ? os::read_all(file->get()) : std::string();
  for (char& c : line)
    if (c == '\0') c = ' ';
  return line;
}

class LeakListener : public doctest::IReporter {
 public:
  explicit LeakListener(const doctest::ContextOptions&) {}

  void test_case_start(const doctest::TestCaseData& data) override {
    name_ = data.m_name;
    is_failing = false;
    before_ = take_snapshot();
  }
  void test_case_end(const doctest::CurrentTestCaseStats&) override {
    for (const auto& process : end_children(patience())) blame(process);
    const Snapshot after = take_snapshot();
    for (const auto& [fd, target] : after.descriptors)
      if (!before_.descriptors.count(fd)) blame("descriptor " + std::to_string(fd) + ": " + target);
    for (const auto& [fd, target] : before_.descriptors)
      if (!after.descriptors.count(fd)) blame("no descriptor " + std::to_string(fd) + " any more: " + target);
    if (after.blocked != before_.blocked) blame("another signal mask");
    if (after.umask != before_.umask) blame("another umask");
  }
  void test_case_exception(const doctest::TestCaseException&) override { is_failing = true; }
  void log_assert(const doctest::AssertData& data) override { is_failing = is_failing || data.m_failed; }

  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats&) override {}
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}

 private:
  void blame(const std::string& leak) {
    found_leaks = true;
    std::cerr << "LEAK: the test case \"" << name_ << "\" left " << leak << std::endl;
  }

  std::string name_;
  Snapshot before_;
};

REGISTER_LISTENER("leaks", 1, LeakListener);

}  // namespace

std::set<std::string> end_children(std::chrono::milliseconds patience) {
  std::set<std::string> stayed;
  const os::SteadyTime give_up = os::steady_now() + patience;
  while (os::has_children()) {
    while (const auto ended = os::peek_ended_child()) os::reap(ended->pid);
    for (const pid_t pid : os::children_of(os::own_pid())) {
      const auto pidfd = os::open_pidfd(pid);
      if (!pidfd) continue;
      std::vector<pollfd> one{{pidfd->get(), POLLIN, 0}};
      if (os::poll(one, give_up)) continue;
      stayed.insert("process " + std::to_string(pid) + ": " + command_line(pid));
      (void)os::send_signal(pidfd->get(), SIGKILL);
      os::wait_for_end(pid);
    }
  }
  return stayed;
}

void adopt_orphans() { os::become_subreaper(); }
bool leaks_found() noexcept { return found_leaks; }
bool is_case_failing() noexcept { return is_failing; }

}  // namespace brood::test
