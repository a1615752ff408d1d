// SPDX-License-Identifier: MIT
// What a target leaves behind when it ends by itself, and jobs that have lost their monitor.
#include <doctest/doctest.h>
#include <sys/wait.h>

#include <csignal>

#include "os/child.hpp"
#include "os/process.hpp"
#include "support/guard.hpp"
#include "support/jobs.hpp"

using namespace brood;
using namespace brood::test;
using namespace std::chrono_literals;

namespace {

// Ends when the orphan that it leaves is there.
JobSpec leaving(const Jobs& jobs, OrphanPolicy policy, const Words& before = {}) {
  const std::string there = jobs.temp.outside() / "there";
  (void)os::make_fifo_at(os::current_directory(), there);
  JobSpec spec;
  std::string orphan = std::string(BROOD_PROBE) + " setsid";
  for (const auto& word : before) orphan += " " + word;
  orphan += " say " + jobs.reports.path() + " orphan open " + there + " hold " + jobs.hold.path();
  spec.target = {"/bin/sh", "-c", orphan + " & read _ < " + there + "; exit 3"};
  spec.orphans = policy;
  return spec;
}

}  // namespace

TEST_CASE("leave: a job is over with its target, and its orphans are counted") {
  Jobs jobs;
  const JobId id = jobs.registry.start(leaving(jobs, OrphanPolicy::leave));
  const Reported orphan = jobs.reports.await("orphan");
  CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(3));
  CHECK_FALSE(orphan.is_gone());
  CHECK(jobs.await(id, [](const JobInfo& info) { return info.orphans == 1; }).state == JobState::exited);
  jobs.hold.open();
  orphan.await_end();
  CHECK(jobs.await(id, [](const JobInfo& info) { return info.orphans == 0; }).exit_status ==
        ExitStatus::exited(3));
}

TEST_CASE("leave: when the monitor is gone, nobody claims to have ended its orphans") {
  Jobs jobs;
  const JobId id = jobs.registry.start(leaving(jobs, OrphanPolicy::leave));
  const Reported orphan = jobs.reports.await("orphan");
  (void)jobs.registry.join(id);
  lose_keepers(jobs, id);
  const auto failures = jobs.registry.terminate({id});
  REQUIRE(failures.size() == 1);
  CHECK(failures.front().error.code() == Errc::monitor_gone);
  CHECK_FALSE(orphan.is_gone());
  jobs.hold.open();
  orphan.await_end();
}

TEST_CASE("leave: a kill of the ended job reaches its orphans and leaves the record alone") {
  Jobs jobs;
  const JobId id = jobs.registry.start(leaving(jobs, OrphanPolicy::leave, {"ignore", "15"}));
  const Reported orphan = jobs.reports.await("orphan");
  const JobInfo ended = *jobs.registry.join(id);
  CHECK(jobs.registry.kill({id}).empty());
  CHECK(orphan.is_gone());
  const JobInfo after = jobs.registry.info(id);
  CHECK(after.state == JobState::exited);
  CHECK(after.exit_status == ExitStatus::exited(3));
  CHECK(after.ended_at == ended.ended_at);
}

TEST_CASE("wait: a job is over only when its orphans are, and ends with the target's status") {
  Jobs jobs;
  const JobId id = jobs.registry.start(leaving(jobs, OrphanPolicy::wait));
  const Reported orphan = jobs.reports.await("orphan");
  const JobInfo running = jobs.await(id, [](const JobInfo& info) { return info.orphans == 1; });
  CHECK(running.state == JobState::running);
  CHECK_FALSE(jobs.registry.join(id, 0ms).has_value());
  jobs.hold.open();
  const JobInfo info = *jobs.registry.join(id);
  CHECK(orphan.is_gone());
  CHECK(info.state == JobState::exited);
  CHECK(info.exit_status == ExitStatus::exited(3));
  CHECK(info.orphans == 0);
}

TEST_CASE("wait: the run-time limit ends the orphans that are waited for") {
  Jobs jobs;
  JobSpec spec = leaving(jobs, OrphanPolicy::wait);
  spec.timeout = 1ms;
  const JobInfo info = *jobs.registry.join(jobs.registry.start(spec));
  CHECK(info.state == JobState::exited);
  CHECK(info.orphans == 0);
}

TEST_CASE("terminate: orphans are ended with the job's stop signal") {
  Jobs jobs;
  JobSpec spec = leaving(jobs, OrphanPolicy::terminate, {"end-on", "10", jobs.reports.path(), "bye"});
  spec.stop_signal = SIGUSR1;
  spec.grace = 24h;
  const JobId id = jobs.registry.start(spec);
  (void)jobs.reports.await("bye");
  CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(3));
  CHECK(jobs.await(id, [](const JobInfo& info) { return info.orphans == 0; }).state == JobState::exited);
}

TEST_CASE("a job whose monitor is killed is orphaned: its target lives on") {
  Jobs jobs;
  const JobId id = jobs.registry.start(jobs.staying());
  const Reported target = jobs.reports.await("up");
  lose_keepers(jobs, id);
  CHECK_FALSE(target.is_gone());
  const JobInfo info = jobs.registry.info(id);
  CHECK(info.state == JobState::orphaned);
  CHECK(info.pid == target.pid());
  CHECK(failure_of([&] { jobs.registry.close(id); }).code() == Errc::still_running);
  CHECK_FALSE(jobs.registry.join(id, 0ms).has_value());
  jobs.hold.open();
  target.await_end();
}

TEST_CASE("an orphaned job can be terminated, and is then lost: no status is invented") {
  Jobs jobs;
  const JobId id = jobs.registry.start(jobs.staying());
  const Reported target = jobs.reports.await("up");
  lose_keepers(jobs, id);
  CHECK(jobs.registry.terminate({id}).empty());
  CHECK(target.is_gone());
  const JobInfo info = jobs.registry.info(id);
  CHECK(info.state == JobState::lost);
  CHECK_FALSE(info.exit_status.has_value());
  CHECK(info.reason != "");
  CHECK(jobs.registry.join(id)->state == JobState::lost);
  jobs.registry.close(id);
  CHECK(jobs.files().empty());
}

TEST_CASE("an orphaned job that is deaf to its stop signal is killed after the grace, with its children") {
  Jobs jobs;
  const JobId id =
      jobs.registry.start(jobs.staying({"ignore", "15", "fork", "[", "setsid", "say", jobs.reports.path(),
                                        "child", "hold", jobs.hold.path(), "]"}));
  const Reported child = jobs.reports.await("child");
  const Reported target = jobs.reports.await("up");
  lose_keepers(jobs, id);
  CHECK(jobs.registry.terminate({id}, 0ms).empty());
  CHECK(target.is_gone());
  CHECK(child.is_gone());
  CHECK(jobs.registry.info(id).state == JobState::lost);
}

// From Linux 6.15 on.
bool kernel_keeps_statuses() {
  Child child([](int) { return 3; });
  const auto pidfd = os::open_pidfd(child.pid());
  (void)child.wait();
  return os::kept_status(pidfd.value().get(), 0ms) == ExitStatus::exited(3);
}

TEST_CASE(
    "a wait for an orphaned job ends with its target, and learns how that ended if the kernel says so") {
  const bool is_known = kernel_keeps_statuses();
  for (const bool is_killed : {false, true}) {
    Jobs jobs;
    const JobId id = jobs.registry.start(guarded(jobs, {}, {"exit", "9"}, StartMethod::fork));
    const Reported target = jobs.reports.await("up");
    lose_keepers(jobs, id);
    const Child first = waiter(jobs, id), second = waiter(jobs, id);
    if (is_killed)
      REQUIRE(::kill(target.pid(), SIGKILL) == 0);
    else
      jobs.hold.open();
    os::wait_for_end(target.pid());  // it has come to us, and the kernel keeps what we have seen
    const std::string wanted = !is_known ? "lost" : is_killed ? "-9" : "9";
    CHECK(first.read_output() == wanted);
    CHECK(second.read_output() == wanted);
    const JobInfo info = jobs.registry.info(id);
    CHECK(info.state == (is_known ? JobState::exited : JobState::lost));
    CHECK(info.ended_at.has_value() == is_known);
    CHECK_FALSE(info.reason.empty());
    jobs.registry.close(id);
  }
}

TEST_CASE("an orphaned job can be signalled and renamed") {
  Jobs jobs;
  const JobId id = jobs.registry.start(jobs.staying({"answer", "10", jobs.reports.path(), "got it"}));
  const Reported target = jobs.reports.await("up");
  lose_keepers(jobs, id);
  jobs.registry.signal(id, SIGUSR1);
  (void)jobs.reports.await("got it");
  jobs.registry.rename(id, "renamed");
  CHECK(jobs.registry.info(id).name == "renamed");
  CHECK(jobs.registry.info(id).state == JobState::orphaned);
  jobs.hold.open();
  target.await_end();
}

TEST_CASE("a job that was lost with its monitor and target at once is lost") {
  Jobs jobs;
  const JobId id = jobs.registry.start(jobs.staying());
  const Reported target = jobs.reports.await("up");
  lose_keepers(jobs, id);
  REQUIRE(::kill(target.pid(), SIGKILL) == 0);
  target.await_end();
  const JobInfo info = *jobs.registry.join(id, 0ms);
  CHECK(info.state == JobState::lost);
  CHECK_FALSE(info.exit_status.has_value());
  CHECK(jobs.registry.terminate({id}).empty());
}

TEST_CASE("a monitor that is stopped does not keep a job from being terminated") {
  Jobs jobs;
  const JobId id = jobs.registry.start(jobs.staying());
  const Reported target = jobs.reports.await("up");
  {
    const Frozen keepers(jobs, id);
    CHECK(jobs.registry.terminate({id}).empty());
    CHECK(target.is_gone());
  }
  CHECK(jobs.registry.join(id)->exit_status == ExitStatus::signalled(SIGTERM, false));
}
