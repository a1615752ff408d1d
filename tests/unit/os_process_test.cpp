// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <set>
#include <thread>

#include "os/clock.hpp"
#include "os/poll.hpp"
#include "os/proc.hpp"
#include "os/process.hpp"
#include "os/signals.hpp"
#include "support/child.hpp"
#include "support/rendezvous.hpp"

using namespace brood;
using namespace brood::os;
using namespace brood::test;
using namespace std::chrono_literals;

namespace {

// A child that says when it is there, and stays.
Child staying() {
  return Child([](int output) {
    write_byte(output);
    return ::pause();
  });
}

void await_state_change(pid_t pid, int options) {
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(pid), &info, options | WNOWAIT) == 0);
}

}  // namespace

TEST_CASE("a poll whose deadline has passed only looks") {
  const Pipe pipe = make_pipe();
  std::vector<pollfd> fds{{pipe.read.get(), POLLIN, 0}};
  CHECK_FALSE(os::poll(fds, steady_now() - 1h));
  write_byte(pipe.write.get());
  CHECK(os::poll(fds, steady_now() - 1h));
  CHECK(fds[0].revents == POLLIN);
}

TEST_CASE("a poll passes over negative descriptors and reports hang-ups") {
  Pipe pipe = make_pipe();
  pipe.write.reset();
  std::vector<pollfd> fds{{-1, POLLIN, 0}, {pipe.read.get(), POLLIN, 0}};
  CHECK(os::poll(fds, {}));
  CHECK(fds[0].revents == 0);
  CHECK(fds[1].revents == POLLHUP);
  CHECK(is_ready(pipe.read.get()));
}

TEST_CASE("a process knows itself from /proc") {
  const auto stat = process_stat(::getpid());
  REQUIRE(stat.has_value());
  CHECK(stat->pid == ::getpid());
  CHECK(stat->parent == ::getppid());
  CHECK(stat->state == 'R');
  CHECK(stat->start_time > 0);
  CHECK(stat->start_time == start_time_of(::getpid()));
  CHECK(is_running(*stat));
  CHECK(runs_own_image(::getpid()));
}

TEST_CASE("a process may have brackets in its name") {
  Child child([](int output) {
    ::prctl(PR_SET_NAME, ") (Z 1 2) (", 0, 0, 0);
    write_byte(output);
    return ::pause();
  });
  (void)read_byte(child.output());
  const auto stat = process_stat(child.pid());
  REQUIRE(stat.has_value());
  CHECK(stat->command == ") (Z 1 2) (");
  CHECK(stat->parent == ::getpid());
  CHECK(stat->state != 'Z');
}

TEST_CASE("a process that has ended but was not reaped does not run") {
  Child child([](int) { return 0; });
  await_state_change(child.pid(), WEXITED);
  const auto stat = process_stat(child.pid());
  REQUIRE(stat.has_value());
  CHECK(stat->state == 'Z');
  CHECK_FALSE(is_running(*stat));
  CHECK(child.wait() == ExitStatus::exited(0));
  CHECK_FALSE(process_stat(child.pid()).has_value());
}

TEST_CASE("a process that does not exist has no stat, no start time, no children and no pidfd") {
  const pid_t none = 1 << 30;
  CHECK_FALSE(process_stat(none).has_value());
  CHECK(start_time_of(none) == 0);
  CHECK(children_of(none).empty());
  CHECK_FALSE(runs_own_image(none));
  CHECK_FALSE(open_pidfd(none).has_value());
}

TEST_CASE("all children are found, whichever thread has made them") {
  std::vector<Child> children;
  children.push_back(staying());
  std::thread([&] { children.push_back(staying()); }).join();
  children.push_back(staying());
  std::set<pid_t> expected;
  for (const Child& child : children) expected.insert(child.pid());
  const auto found = children_of(::getpid());
  CHECK(std::set<pid_t>(found.begin(), found.end()) == expected);
  CHECK(has_children());
}

TEST_CASE("a pidfd becomes ready with the end of its process") {
  Child child = staying();
  (void)read_byte(child.output());
  const auto pidfd = open_pidfd(child.pid());
  REQUIRE(pidfd.has_value());
  CHECK_FALSE(is_ready(pidfd->get()));
  CHECK(send_signal(pidfd->get(), SIGKILL) == 0);
  await_ready(pidfd->get());
  CHECK(child.wait() == ExitStatus::signalled(9, false));
  CHECK(send_signal(pidfd->get(), SIGKILL) == ESRCH);
}

TEST_CASE("processes 1, 0 and below are never signalled") {
  for (const pid_t pid : {1, 0, -1, -2, -::getpid()}) CHECK(send_signal_to_pid(pid, 0) == EPERM);
  for (const pid_t leader : {1, 0, -1}) CHECK(send_signal_to_group(leader, 0) == EPERM);
}

TEST_CASE("an ended child can be looked at before it is reaped") {
  CHECK_FALSE(peek_ended_child().has_value());
  Child child([](int) { return 7; });
  await_state_change(child.pid(), WEXITED);
  for (int look = 0; look < 2; ++look) {
    const auto ended = peek_ended_child();
    REQUIRE(ended.has_value());
    CHECK(ended->pid == child.pid());
    CHECK(ended->end.status == ExitStatus::exited(7));
    CHECK(ended->end.usage.max_rss_kib > 0);
  }
  reap(child.pid());
  CHECK_FALSE(has_children());
}

TEST_CASE("a child's stop and continuation are each reported once") {
  Child child = staying();
  (void)read_byte(child.output());
  CHECK(take_stop_change(child.pid()) == 0);
  ::kill(child.pid(), SIGSTOP);
  await_state_change(child.pid(), WSTOPPED);
  CHECK(take_stop_change(child.pid()) == SIGSTOP);
  CHECK(take_stop_change(child.pid()) == 0);
  ::kill(child.pid(), SIGCONT);
  await_state_change(child.pid(), WCONTINUED);
  CHECK(take_stop_change(child.pid()) == SIGCONT);
  CHECK(take_stop_change(child.pid()) == 0);
}

TEST_CASE("blocked signals arrive as events, with their sender") {
  const SignalBlock block;
  const Fd signals = open_signal_fd();
  CHECK_FALSE(next_signal(signals.get()).has_value());
  raise_signal(SIGUSR1);
  const auto signal = next_signal(signals.get());
  REQUIRE(signal.has_value());
  CHECK(signal->number == SIGUSR1);
  CHECK(signal->sender == ::getpid());
  CHECK_FALSE(signal->from_kernel);
  CHECK_FALSE(next_signal(signals.get()).has_value());
}

TEST_CASE("a block of signals ends with its owner") {
  sigset_t mask;
  {
    const SignalBlock block;
    ::sigprocmask(SIG_SETMASK, nullptr, &mask);
    CHECK(::sigismember(&mask, SIGTERM) == 1);
    CHECK(::sigismember(&block.previous(), SIGTERM) == 0);
  }
  ::sigprocmask(SIG_SETMASK, nullptr, &mask);
  CHECK(::sigismember(&mask, SIGTERM) == 0);
}

TEST_CASE("the system can be told from others") {
  CHECK(boot_id().size() == 36);
  CHECK(pid_namespace() > 0);
  CHECK(host_name() != "");
  CHECK(has_proc());
}

TEST_CASE("a process that has ended, and is left unreaped, is ending; one that lives is not") {
  CHECK_FALSE(os::process_stat(os::own_pid())->is_ending);
  Child child([](int) { return 0; });
  const auto pidfd = os::open_pidfd(child.pid());
  await_ready(pidfd->get());
  const auto stat = os::process_stat(child.pid());
  REQUIRE(stat.has_value());
  CHECK(stat->is_ending);
  CHECK(stat->state == 'Z');
  CHECK(stat->parent == os::own_pid());
  CHECK(child.wait() == ExitStatus::exited(0));
}
