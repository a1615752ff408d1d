// SPDX-License-Identifier: MIT
// The fork server as a guard: a job whose monitor is killed goes on under the server, and nothing of it is lost.
#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>

#include "support/child.hpp"
#include "support/guard.hpp"
#include "support/random.hpp"

using namespace brood;
using namespace brood::test;
using namespace std::chrono_literals;

TEST_CASE("a job whose monitor is killed is still running, waiters stay, and its exit code arrives") {
  Jobs jobs;
  const JobId id = jobs.registry.start(guarded(jobs, {}, {"exit", "7"}));
  const Reported target = jobs.reports.await("up");
  const Child waiting = waiter(jobs, id);
  const JobInfo before = jobs.registry.info(id);
  const JobInfo info = lose_monitor(jobs, id);
  CHECK(info.state == JobState::running);
  CHECK(info.pid == target.pid());
  CHECK(info.started_at == before.started_at);
  CHECK(info.name == before.name);
  CHECK_FALSE(os::is_ready(waiting.output()));
  CHECK_FALSE(target.is_gone());
  const ForkServerInfo server = jobs.registry.fork_server();
  CHECK(server.jobs == 1);
  CHECK(server.adopted == 1);
  CHECK(failure_of([&] { return jobs.registry.stop_fork_server(); }).code() == Errc::server_busy);
  CHECK(failure_of([&] {
          jobs.registry.close(id);
          return 0;
        }).code() == Errc::still_running);

  jobs.hold.open();
  CHECK(waiting.read_output() == "7");
  const JobInfo after = jobs.registry.info(id);
  CHECK(after.state == JobState::exited);
  CHECK(after.exit_status == ExitStatus::exited(7));
  CHECK(after.reason == "");
  CHECK(after.rusage.has_value());
  CHECK(after.ended_at >= after.started_at);
  CHECK(await_server_jobs(jobs.registry, 0).adopted == 0);
  CHECK(jobs.registry.stop_fork_server());
  CHECK(contents_of(info.sentinel) == "");
}

TEST_CASE("a job whose monitor was killed and whose target dies of a signal says so") {
  Jobs jobs;
  const JobId id = jobs.registry.start(guarded(jobs));
  const Reported target = jobs.reports.await("up");
  (void)lose_monitor(jobs, id);
  REQUIRE(::kill(target.pid(), SIGUSR1) == 0);
  CHECK(jobs.registry.join(id)->exit_status == ExitStatus::signalled(SIGUSR1, false));
}

TEST_CASE("a job whose monitor was killed can be terminated and killed") {
  Jobs jobs;
  JobSpec spec = guarded(jobs, {"end-on", "10", jobs.reports.path(), "bye"});
  spec.stop_signal = SIGUSR1;
  const JobId polite = jobs.registry.start(spec);
  (void)jobs.reports.await("up");
  const JobId deaf = jobs.registry.start(guarded(jobs, {"ignore", "15"}));
  (void)jobs.reports.await("up");
  const JobId killed = jobs.registry.start(guarded(jobs));
  (void)jobs.reports.await("up");
  for (const JobId id : {polite, deaf, killed}) (void)lose_monitor(jobs, id);
  CHECK(jobs.registry.fork_server().adopted == 3);

  CHECK(jobs.registry.terminate({polite}).empty());
  CHECK(jobs.reports.heard("bye"));
  CHECK(jobs.registry.info(polite).exit_status == ExitStatus::exited(0));
  CHECK(jobs.registry.terminate({deaf}, 0ms).empty());
  CHECK(jobs.registry.info(deaf).exit_status == ExitStatus::signalled(SIGKILL, false));
  CHECK(jobs.registry.kill({killed}).empty());
  CHECK(jobs.registry.info(killed).exit_status == ExitStatus::signalled(SIGKILL, false));
}

TEST_CASE("a job whose monitor was killed can be signalled and renamed") {
  Jobs jobs;
  const JobId id = jobs.registry.start(guarded(jobs, {"answer", "10", jobs.reports.path(), "got it"}));
  (void)jobs.reports.await("up");
  (void)lose_monitor(jobs, id);
  jobs.registry.signal(id, SIGUSR1);
  (void)jobs.reports.await("got it");
  jobs.registry.rename(id, "renamed");
  CHECK(jobs.registry.find("renamed").front().id == id);
  CHECK(jobs.registry.info(id).state == JobState::running);
  jobs.hold.open();
  CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(0));
  CHECK(jobs.registry.info(id).name == "renamed");
}

TEST_CASE("a job can be renamed while it changes hands") {
  Jobs jobs;
  const JobId id = jobs.registry.start(guarded(jobs));
  (void)jobs.reports.await("up");
  const pid_t server = jobs.registry.fork_server().pid;
  freeze(server);
  kill_process(jobs.registry.info(id).monitor_pid);
  jobs.registry.rename(id, "renamed");
  REQUIRE(::kill(server, SIGCONT) == 0);
  const JobInfo info = jobs.await(id, [server](const JobInfo& now) { return now.monitor_pid == server; });
  CHECK(info.name == "renamed");
  jobs.hold.open();
  CHECK(jobs.registry.join(id)->name == "renamed");
}

TEST_CASE("a request that comes while a job changes hands is carried out") {
  Jobs jobs;
  for (int round = 0; round < 10; ++round) {
    const JobId id = jobs.registry.start(guarded(jobs));
    (void)jobs.reports.await("up");
    kill_process(jobs.registry.info(id).monitor_pid);
    // Whether the server has taken over by now is its affair.
    REQUIRE(jobs.registry.terminate({id}).empty());
    CHECK(jobs.registry.info(id).exit_status == ExitStatus::signalled(SIGTERM, false));
  }
}

TEST_CASE("a request that finds the monitor killed and the guard stopped is carried out") {
  Jobs jobs;
  const JobId id = jobs.registry.start(guarded(jobs));
  const Reported target = jobs.reports.await("up");
  const pid_t server = jobs.registry.fork_server().pid;
  freeze(server);
  kill_process(jobs.registry.info(id).monitor_pid);
  CHECK(jobs.registry.info(id).state == JobState::running);
  REQUIRE(jobs.registry.terminate({id}).empty());
  CHECK(target.is_gone());
  REQUIRE(::kill(server, SIGCONT) == 0);
  CHECK(jobs.registry.join(id)->exit_status == ExitStatus::signalled(SIGTERM, false));
}

TEST_CASE("a stop that was under way when the monitor was killed is carried on") {
  Jobs jobs;
  JobSpec spec = guarded(jobs, {"answer", "15", jobs.reports.path(), "not yet"});
  spec.grace = 24h;
  const JobId id = jobs.registry.start(spec);
  const Reported target = jobs.reports.await("up");
  Child patient([&](int) {
    jobs.hold.open();
    return Registry(jobs.temp.path()).terminate({id}).empty() ? 0 : 1;
  });
  (void)jobs.reports.await("not yet");
  const JobInfo info = lose_monitor(jobs, id);
  CHECK(info.state == JobState::stopping);
  CHECK_FALSE(target.is_gone());
  REQUIRE(jobs.registry.kill({id}).empty());
  CHECK(patient.wait() == ExitStatus::exited(0));
  CHECK(jobs.registry.info(id).exit_status == ExitStatus::signalled(SIGKILL, false));
}

TEST_CASE("the run-time limit of a job holds, also when its monitor is killed") {
  Jobs jobs;
  JobSpec spec = guarded(jobs);
  spec.timeout = 300ms;
  const JobId id = jobs.registry.start(spec);
  kill_if_there(jobs.registry.info(id).monitor_pid);  // a slow machine may have had the end before
  const JobInfo info = *jobs.registry.join(id);
  CHECK(info.exit_status == ExitStatus::signalled(SIGTERM, false));
  CHECK(info.reason == "timeout");
}

TEST_CASE("a job without a monitor is as daemonic as before") {
  Jobs jobs;
  Child parent([&](int) {
    for (;;) ::pause();
    return 0;
  });
  JobSpec spec = guarded(jobs);
  spec.daemon = true;
  spec.parent = "pid:" + std::to_string(parent.pid());
  const JobId id = jobs.registry.start(spec);
  const Reported target = jobs.reports.await("up");
  SUBCASE("its parent ends later") {
    (void)lose_monitor(jobs, id);
    CHECK_FALSE(target.is_gone());
    parent.kill();
    (void)parent.wait();
  }
  SUBCASE("its parent ends while nobody looks") {
    const pid_t server = jobs.registry.fork_server().pid;
    freeze(server);
    kill_process(jobs.registry.info(id).monitor_pid);
    parent.kill();
    (void)parent.wait();
    CHECK_FALSE(target.is_gone());
    REQUIRE(::kill(server, SIGCONT) == 0);
  }
  const JobInfo info = *jobs.registry.join(id);
  CHECK(info.exit_status == ExitStatus::signalled(SIGTERM, false));
  CHECK(info.reason == "parent ended");
}

TEST_CASE("monitor and target killed at the same instant: the guard saw how, or says that it did not") {
  Jobs jobs;
  for (int round = 0; round < 20; ++round) {
    const JobId id = jobs.registry.start(guarded(jobs));
    const Victim target(jobs.reports.await("up").pid());
    const Victim monitor(jobs.registry.info(id).monitor_pid);
    const bool is_monitor_first = round % 2 == 0;
    REQUIRE((is_monitor_first ? monitor : target).kill());
    (void)(is_monitor_first ? target : monitor)
        .kill();  // a monitor may have seen it all by now, and have gone
    const JobInfo info = *jobs.registry.join(id);
    if (info.state == JobState::exited) {
      CHECK(info.exit_status == ExitStatus::signalled(SIGKILL, false));
    } else {
      CHECK(info.state == JobState::lost);
      CHECK_FALSE(info.exit_status.has_value());
    }
  }
}

TEST_CASE(
    "monitor and target killed before the guard can look: it finds both, and knows how the target ended") {
  Jobs jobs;
  for (const bool monitor_first : {true, false}) {
    const JobId id = jobs.registry.start(guarded(jobs));
    const Reported target = jobs.reports.await("up");
    const pid_t server = jobs.registry.fork_server().pid;
    const pid_t monitor = jobs.registry.info(id).monitor_pid;
    freeze(server);
    freeze(monitor);
    kill_process(monitor_first ? monitor : target.pid());
    kill_process(monitor_first ? target.pid() : monitor);
    REQUIRE(::kill(server, SIGCONT) == 0);
    const JobInfo info = *jobs.registry.join(id);
    CHECK(info.state == JobState::exited);
    CHECK(info.exit_status == ExitStatus::signalled(SIGKILL, false));
  }
}

TEST_CASE("many jobs whose monitors are killed at random keep their exit codes") {
  Jobs jobs;
  Random random(20260301);
  struct Expected {
    JobId id;
    int code;
    pid_t monitor;
  };
  std::vector<Expected> all;
  for (int i = 0; i < 50; ++i) {
    const int code = static_cast<int>(random.below(256));
    const JobId id = jobs.registry.start(guarded(jobs, {}, {"exit", std::to_string(code)}));
    all.push_back({id, code, jobs.registry.info(id).monitor_pid});
  }
  for (int i = 0; i < 50; ++i) (void)jobs.reports.await("up");
  // Their pids cannot mean others: the monitors live until the jobs are over.
  std::vector<Victim> victims;
  for (const Expected& each : all)
    if (random.below(3) > 0) victims.emplace_back(each.monitor);
  for (std::size_t i = 0; i < victims.size(); ++i) {
    if (i == victims.size() / 2) jobs.hold.open();
    (void)victims[i].kill();
  }
  for (const Expected& each : all) {
    const JobInfo info = *jobs.registry.join(each.id);
    CHECK(info.state == JobState::exited);
    CHECK(info.exit_status == ExitStatus::exited(each.code));
  }
  CHECK(await_server_jobs(jobs.registry, 0).adopted == 0);
}

TEST_CASE("a guard that is stopped by force sees the jobs to their end that it keeps itself") {
  Jobs jobs;
  const JobId adopted = jobs.registry.start(guarded(jobs, {}, {"exit", "9"}));
  (void)jobs.reports.await("up");
  const JobId other = jobs.registry.start(guarded(jobs, {}, {"exit", "10"}));
  (void)jobs.reports.await("up");
  (void)lose_monitor(jobs, adopted);
  const Reported server(jobs.registry.fork_server().pid, "server");
  CHECK(jobs.registry.stop_fork_server(true));
  CHECK_FALSE(jobs.registry.fork_server().running);
  CHECK_FALSE(server.is_gone());
  CHECK(jobs.registry.info(adopted).state == JobState::running);

  // Another may work beside it.
  const JobId later = jobs.registry.start(guarded(jobs, {}, {"exit", "11"}));
  (void)jobs.reports.await("up");
  CHECK(jobs.registry.fork_server().pid != server.pid());
  CHECK(jobs.registry.info(adopted).state == JobState::running);
  jobs.hold.open();
  CHECK(jobs.registry.join(adopted)->exit_status == ExitStatus::exited(9));
  CHECK(jobs.registry.join(other)->exit_status == ExitStatus::exited(10));
  CHECK(jobs.registry.join(later)->exit_status == ExitStatus::exited(11));
  server.await_end();
}

TEST_CASE("monitor and guard both killed: the job is orphaned while its target lives, and lost afterwards") {
  Jobs jobs;
  const JobId id = jobs.registry.start(guarded(jobs));
  const Reported target = jobs.reports.await("up");
  SUBCASE("at once") {
    const pid_t server = jobs.registry.fork_server().pid;
    freeze(server);
    kill_process(jobs.registry.info(id).monitor_pid);
    kill_process(server);
  }
  SUBCASE("the guard when it keeps the job") {
    (void)lose_monitor(jobs, id);
    kill_process(jobs.registry.fork_server().pid);
  }
  CHECK(jobs.registry.info(id).state == JobState::orphaned);
  REQUIRE(jobs.registry.terminate({id}).empty());
  CHECK(target.is_gone());
  CHECK(jobs.registry.info(id).state == JobState::lost);
}

TEST_CASE("a target cannot be launched again once its environment is gone with its monitor") {
  Jobs jobs;
  const JobId id = jobs.registry.start(guarded(jobs));
  (void)jobs.reports.await("up");
  (void)lose_monitor(jobs, id);
  const auto failures = jobs.registry.restart({id});
  REQUIRE(failures.size() == 1);
  CHECK(failures.front().error.code() == Errc::unsupported);
  CHECK(jobs.registry.info(id).state == JobState::running);
}

TEST_CASE(
    "a monitor that is killed before its target runs leaves no process, and no job that seems to live") {
  Jobs jobs;
  const pid_t server = jobs.registry.start_fork_server().pid;
  // A program that is still being written keeps its monitor trying for a while.
  const std::string program = jobs.temp.outside().file("program", contents_of(BROOD_PROBE), 0755);
  const os::Fd writer = os::open_at(os::current_directory(), program, os::Open::append);
  Child starter([&](int output) {
    jobs.hold.open();
    JobSpec spec = guarded(jobs);
    spec.target.front() = program;
    const Error failure = failure_of([&] { return Registry(jobs.temp.path()).start(spec); });
    os::write_all(output, error_code_name(failure.code()));
    return 0;
  });
  std::vector<pid_t> monitors;
  while (monitors.empty() && !os::is_ready(starter.output())) monitors = os::children_of(server);
  while (!os::status_at(os::current_directory(), jobs.temp / "jobs/1/job.json") &&
         !os::is_ready(starter.output())) {
  }
  const bool is_killed = !monitors.empty() && ::kill(monitors.front(), SIGKILL) == 0;
  const std::string failure = starter.read_output();
  CHECK(starter.wait() == ExitStatus::exited(0));
  CHECK(await_server_jobs(jobs.registry, 0).adopted == 0);
  CHECK_FALSE(jobs.reports.heard("up"));
  // On a machine that is too slow for this the launch has failed by itself.
  for (const JobInfo& info : jobs.registry.list()) {
    CHECK(is_killed);
    CHECK(failure == "monitor_gone");
    CHECK(info.state == JobState::lost);
    CHECK(info.reason.substr(0, 22) == "its monitor was killed");
    CHECK(jobs.registry.join(info.id)->state == JobState::lost);
  }
}

TEST_CASE("a keeper that is stopped while the target ends is continued by who ends the job") {
  for (const StartMethod method : {StartMethod::fork, StartMethod::forkserver}) {
    Jobs jobs;
    JobSpec spec = guarded(jobs, {}, {"exit", "3"});
    spec.method = method;
    const JobId id = jobs.registry.start(spec);
    const Reported target = jobs.reports.await("up");
    std::optional<Frozen> monitor;
    if (method == StartMethod::forkserver)
      freeze(lose_monitor(jobs, id).monitor_pid);
    else
      monitor.emplace(jobs, id);
    jobs.hold.open();
    target.await_end();
    CHECK(jobs.registry.terminate({id}).empty());
    const JobInfo info = *jobs.registry.join(id);
    CHECK(info.state == JobState::exited);
    CHECK(info.exit_status == ExitStatus::exited(3));
  }
}
