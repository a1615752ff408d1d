// SPDX-License-Identifier: MIT
// Processes that are stopped, and never continued by whoever did it.
#include <doctest/doctest.h>

#include <csignal>

#include "support/family.hpp"
#include "support/guard.hpp"

namespace {

using namespace brood;
using namespace brood::test;

template <class Body>
void under_each_method(Body body) {
  for (const StartMethod method : all_methods) {
    CAPTURE(to_string(method));
    Jobs jobs;
    body(jobs, method);
  }
}

// Stopped when this returns, or continued again already.
void stop(pid_t pid) { REQUIRE(::kill(pid, SIGSTOP) == 0); }

TEST_CASE("a stopped monitor holds nobody up: its guard continues it") {
  under_each_method([](Jobs& jobs, StartMethod method) {
    const JobId id = jobs.registry.start(guarded(jobs, {}, {"exit", "6"}, method));
    (void)jobs.reports.await("up");
    const Child waiting = waiter(jobs, id);
    stop(jobs.registry.info(id).monitor_pid);
    jobs.hold.open();
    CHECK(waiting.read_output() == "6");
  });
}

TEST_CASE("nor does one that is stopped again and again") {
  under_each_method([](Jobs& jobs, StartMethod method) {
    const JobId id = jobs.registry.start(guarded(jobs, {}, {"exit", "6"}, method));
    (void)jobs.reports.await("up");
    const pid_t monitor = jobs.registry.info(id).monitor_pid;
    for (int i = 0; i < 50; ++i) {
      stop(monitor);
      jobs.registry.rename(id, "name-" + std::to_string(i));
    }
    CHECK(jobs.registry.info(id).name == "name-49");
    jobs.hold.open();
    CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(6));
  });
}

TEST_CASE("a stopped guard is not needed") {
  under_each_method([](Jobs& jobs, StartMethod method) {
    const JobId id = jobs.registry.start(guarded(jobs, {}, {"exit", "6"}, method));
    (void)jobs.reports.await("up");
    const Child waiting = waiter(jobs, id);
    const pid_t guard = guard_of(jobs, id);
    stop(guard);
    jobs.hold.open();
    CHECK(waiting.read_output() == "6");
    CHECK(jobs.registry.info(id).state == JobState::exited);
    CHECK(::kill(guard, SIGCONT) == 0);
  });
}

TEST_CASE("a job whose monitor dies while its guard is stopped is kept when that goes on") {
  under_each_method([](Jobs& jobs, StartMethod method) {
    const JobId id = jobs.registry.start(guarded(jobs, {}, {"exit", "6"}, method));
    (void)jobs.reports.await("up");
    const Child waiting = waiter(jobs, id);
    const pid_t guard = guard_of(jobs, id);
    stop(guard);
    kill_process(jobs.registry.info(id).monitor_pid);
    jobs.hold.open();
    CHECK(::kill(guard, SIGCONT) == 0);
    CHECK(waiting.read_output() == "6");
  });
}

TEST_CASE("with monitor and guard stopped a job can be ended") {
  under_each_method([](Jobs& jobs, StartMethod method) {
    const JobId id = jobs.registry.start(jobs.staying({}, method));
    const Reported target = jobs.reports.await("up");
    const pid_t monitor = jobs.registry.info(id).monitor_pid;
    const pid_t guard = guard_of(jobs, id);
    stop(guard);
    stop(monitor);
    CHECK(jobs.registry.terminate({id}).empty());
    target.await_end();
    (void)::kill(guard, SIGCONT);
    (void)::kill(monitor, SIGCONT);
    CHECK(jobs.registry.join(id)->exit_status == ExitStatus::signalled(SIGTERM, false));
  });
}

TEST_CASE("a stopped target can be terminated, and waited for as long as one likes") {
  under_each_method([](Jobs& jobs, StartMethod method) {
    const JobId id = jobs.registry.start(jobs.staying({}, method));
    const Reported target = jobs.reports.await("up");
    stop(target.pid());
    CHECK(!jobs.registry.join(id, std::chrono::milliseconds(10)));
    CHECK(jobs.registry.info(id).state == JobState::running);
    CHECK(jobs.registry.terminate({id}).empty());
    CHECK(jobs.registry.info(id).exit_status == ExitStatus::signalled(SIGTERM, false));
  });
}

TEST_CASE("a stopped fork server is continued by whoever needs it") {
  Jobs jobs;
  const JobId first = jobs.registry.start(jobs.staying({}, StartMethod::forkserver));
  stop(guard_of(jobs, first));
  const JobId second = jobs.registry.start(jobs.staying({}, StartMethod::forkserver));
  jobs.hold.open();
  CHECK(jobs.registry.join(first)->exit_status == ExitStatus::exited(0));
  CHECK(jobs.registry.join(second)->exit_status == ExitStatus::exited(0));
}

}  // namespace
