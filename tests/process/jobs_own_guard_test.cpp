// SPDX-License-Identifier: MIT
// A job's own guard, where there is no fork server: neither its death nor the monitor's loses anything.
#include <doctest/doctest.h>

#include <csignal>

#include "support/child.hpp"
#include "support/guard.hpp"
#include "support/random.hpp"

using namespace brood;
using namespace brood::test;
using namespace std::chrono_literals;

namespace {

constexpr StartMethod methods[] = {StartMethod::fork, StartMethod::spawn};

template <class Body>
void under_both(Body body) {
  for (const StartMethod method : methods) {
    CAPTURE(to_string(method));
    Jobs jobs;
    body(jobs, method);
  }
}

}  // namespace

TEST_CASE("a killed monitor is replaced by its guard: waiters stay, and the exit code arrives") {
  under_both([](Jobs& jobs, StartMethod method) {
    const JobId id = jobs.registry.start(guarded(jobs, {}, {"exit", "7"}, method));
    const Reported target = jobs.reports.await("up");
    const Reported guard(guard_of(jobs, id), "guard");
    const Child waiting = waiter(jobs, id);
    const JobInfo before = jobs.registry.info(id);
    const JobInfo info = lose_monitor(jobs, id);
    CHECK(info.state == JobState::running);
    CHECK(info.pid == target.pid());
    CHECK(info.started_at == before.started_at);
    CHECK_FALSE(os::is_ready(waiting.output()));
    CHECK_FALSE(target.is_gone());
    jobs.hold.open();
    CHECK(waiting.read_output() == "7");
    const JobInfo after = jobs.registry.info(id);
    CHECK(after.state == JobState::exited);
    CHECK(after.exit_status == ExitStatus::exited(7));
    CHECK(after.reason == "");
    CHECK(after.rusage.has_value());
    guard.await_end();
  });
}

TEST_CASE("without its guard a monitor goes on") {
  under_both([](Jobs& jobs, StartMethod method) {
    const JobId id = jobs.registry.start(guarded(jobs, {}, {"exit", "8"}, method));
    (void)jobs.reports.await("up");
    const Child waiting = waiter(jobs, id);
    kill_process(guard_of(jobs, id));
    CHECK(jobs.registry.info(id).state == JobState::running);
    CHECK_FALSE(os::is_ready(waiting.output()));
    jobs.hold.open();
    CHECK(waiting.read_output() == "8");
  });
}

TEST_CASE("a guard that has taken over answers requests, and ends the whole tree") {
  under_both([](Jobs& jobs, StartMethod method) {
    const JobId id =
        jobs.registry.start(guarded(jobs,
                                    {"answer", "10", jobs.reports.path(), "got it", "fork", "[", "setsid",
                                     "say", jobs.reports.path(), "child", "hold", jobs.hold.path(), "]"},
                                    {}, method));
    const Reported child = jobs.reports.await("child");
    const Reported target = jobs.reports.await("up");
    (void)lose_monitor(jobs, id);
    jobs.registry.signal(id, SIGUSR1, Scope::target_only);
    (void)jobs.reports.await("got it");
    jobs.registry.rename(id, "renamed");
    CHECK(jobs.registry.find("renamed").front().id == id);
    const auto failures = jobs.registry.restart({id});
    REQUIRE(failures.size() == 1);
    CHECK(failures.front().error.code() == Errc::unsupported);
    CHECK(jobs.registry.terminate({id}).empty());
    CHECK(target.is_gone());
    CHECK(child.is_gone());
    CHECK(jobs.registry.info(id).exit_status == ExitStatus::signalled(SIGTERM, false));
  });
}

TEST_CASE("a stop that was under way, and a run-time limit, are carried on by the guard") {
  under_both([](Jobs& jobs, StartMethod method) {
    JobSpec spec = guarded(jobs, {}, {}, method);
    spec.timeout = 300ms;
    const JobId limited = jobs.registry.start(spec);
    (void)jobs.reports.await("up");
    kill_if_there(jobs.registry.info(limited).monitor_pid);  // a slow machine may have had the end before
    CHECK(jobs.registry.join(limited)->reason == "timeout");

    JobSpec deaf = guarded(jobs, {"answer", "15", jobs.reports.path(), "not yet"}, {}, method);
    deaf.grace = 24h;
    const JobId id = jobs.registry.start(deaf);
    const Reported target = jobs.reports.await("up");
    Child patient([&](int) {
      jobs.hold.open();
      return Registry(jobs.temp.path()).terminate({id}).empty() ? 0 : 1;
    });
    (void)jobs.reports.await("not yet");
    CHECK(lose_monitor(jobs, id).state == JobState::stopping);
    CHECK_FALSE(target.is_gone());
    CHECK(jobs.registry.kill({id}).empty());
    CHECK(patient.wait() == ExitStatus::exited(0));
    CHECK(jobs.registry.info(id).exit_status == ExitStatus::signalled(SIGKILL, false));
  });
}

TEST_CASE("with monitor and guard killed the job is orphaned while its target lives, and lost afterwards") {
  under_both([](Jobs& jobs, StartMethod method) {
    for (const bool has_taken_over : {false, true}) {
      const JobId id = jobs.registry.start(guarded(jobs, {}, {}, method));
      const Reported target = jobs.reports.await("up");
      if (has_taken_over)
        kill_process(lose_monitor(jobs, id).monitor_pid);
      else
        lose_keepers(jobs, id);
      CHECK(jobs.registry.info(id).state == JobState::orphaned);
      CHECK(jobs.registry.terminate({id}).empty());
      CHECK(target.is_gone());
      CHECK(jobs.registry.info(id).state == JobState::lost);
    }
  });
}

TEST_CASE(
    "monitor and target killed before the guard can look: it finds both, and knows how the target ended") {
  under_both([](Jobs& jobs, StartMethod method) {
    for (const bool monitor_first : {true, false}) {
      const JobId id = jobs.registry.start(guarded(jobs, {}, {}, method));
      const Reported target = jobs.reports.await("up");
      const pid_t guard = guard_of(jobs, id);
      const pid_t monitor = jobs.registry.info(id).monitor_pid;
      freeze(guard);
      freeze(monitor);
      kill_process(monitor_first ? monitor : target.pid());
      kill_process(monitor_first ? target.pid() : monitor);
      REQUIRE(::kill(guard, SIGCONT) == 0);
      CHECK(jobs.registry.join(id)->exit_status == ExitStatus::signalled(SIGKILL, false));
    }
  });
}

TEST_CASE("what an ended job has left behind is still counted and ended when its monitor is killed") {
  under_both([](Jobs& jobs, StartMethod method) {
    Hold staying(jobs.temp.outside(), "target");
    JobSpec spec = probe_job({"daemonize", "[", "say", jobs.reports.path(), "orphan", "hold",
                              jobs.hold.path(), "]", "hold", staying.path(), "exit", "3"});
    spec.method = method;
    spec.orphans = OrphanPolicy::leave;
    const JobId id = jobs.registry.start(spec);
    const Reported orphan = jobs.reports.await("orphan");
    staying.open();
    CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(3));
    (void)jobs.await(id, [](const JobInfo& info) { return info.orphans == 1; });
    (void)lose_monitor(jobs, id);
    CHECK(jobs.registry.info(id).state == JobState::exited);
    CHECK(jobs.registry.info(id).orphans == 1);
    CHECK(jobs.registry.kill({id}).empty());
    CHECK(orphan.is_gone());
    CHECK(jobs.registry.info(id).exit_status == ExitStatus::exited(3));
  });
}

TEST_CASE("keepers that are killed at random, one of each job, cost no exit code") {
  under_both([](Jobs& jobs, StartMethod method) {
    Random random(20261130);
    struct Expected {
      JobId id;
      int code;
      Victim victim;
    };
    std::vector<Expected> all;
    for (int i = 0; i < 20; ++i) {
      const int code = static_cast<int>(random.below(256));
      const JobId id = jobs.registry.start(guarded(jobs, {}, {"exit", std::to_string(code)}, method));
      const bool is_guard = random.below(2) == 0;
      all.push_back({id, code, Victim(is_guard ? guard_of(jobs, id) : jobs.registry.info(id).monitor_pid)});
    }
    for (int i = 0; i < 20; ++i) (void)jobs.reports.await("up");
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i == all.size() / 2) jobs.hold.open();
      (void)all[i].victim.kill();
    }
    for (const Expected& each : all)
      CHECK(jobs.registry.join(each.id)->exit_status == ExitStatus::exited(each.code));
  });
}
