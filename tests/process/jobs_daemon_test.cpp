// SPDX-License-Identifier: MIT
// Daemonic jobs: they end with their parent, however it ends, and with nothing else.
#include <doctest/doctest.h>
#include <sys/syscall.h>

#include <csignal>
#include <thread>

#include "os/proc.hpp"
#include "os/process.hpp"
#include "support/family.hpp"

using namespace brood;
using namespace brood::test;
using namespace std::chrono_literals;

namespace {

JobInfo ended(Jobs& jobs, JobId id) {
  const JobInfo info = *jobs.registry.join(id);
  CHECK(info.state == JobState::exited);
  CHECK(info.reason == "parent ended");
  return info;
}

// The monitor looks at the parent before it takes up requests: so when this one has been carried out, it has seen
// nothing that would end the job.
void check_untouched(Jobs& jobs, JobId id) {
  jobs.registry.signal(id, SIGUSR1, Scope::target_only);
  (void)jobs.reports.await("got it");
  CHECK(jobs.registry.info(id).state == JobState::running);
}

Words answering(const Jobs& jobs) { return {"answer", "10", jobs.reports.path(), "got it"}; }

}  // namespace

TEST_CASE("a daemonic job ends when its parent exits") {
  for (const StartMethod method : all_methods) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    Stayer parent(jobs);
    const JobId id = jobs.registry.start(daemonic(jobs, parent.reference(), method, answering(jobs)));
    const Reported target = jobs.reports.await("up");
    const JobInfo info = jobs.registry.info(id);
    CHECK(info.daemon);
    CHECK_FALSE(info.parent.job.has_value());
    CHECK(info.parent.pid == parent.pid());
    CHECK(info.parent.start_time == os::start_time_of(parent.pid()));
    check_untouched(jobs, id);
    parent.exit();
    CHECK(ended(jobs, id).exit_status == ExitStatus::signalled(SIGTERM, false));
    CHECK(target.is_gone());
  }
}

TEST_CASE("a daemonic job ends when its parent is killed") {
  for (const StartMethod method : all_methods) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    Stayer parent(jobs);
    const JobId id = jobs.registry.start(daemonic(jobs, parent.reference(), method));
    (void)jobs.reports.await("up");
    parent.kill();
    CHECK(ended(jobs, id).exit_status == ExitStatus::signalled(SIGTERM, false));
  }
}

TEST_CASE("a parent that has ended and is left unreaped has ended") {
  Jobs jobs;
  Stayer parent(jobs);
  const JobId id = jobs.registry.start(daemonic(jobs, parent.reference()));
  (void)jobs.reports.await("up");
  parent.tell();
  (void)ended(jobs, id);
}

TEST_CASE("a parent that becomes another program goes on being the parent") {
  for (const StartMethod method : all_methods) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    Hold other_hold(jobs.temp.outside(), "other");
    Stayer parent(jobs, [&] {
      const std::string gate = other_hold.path();
      other_hold.open();
      ::execl(BROOD_PROBE, BROOD_PROBE, "say", jobs.reports.path().c_str(), "another", "hold", gate.c_str(),
              static_cast<char*>(nullptr));
      return 1;
    });
    const JobId id = jobs.registry.start(daemonic(jobs, parent.reference(), method, answering(jobs)));
    (void)jobs.reports.await("up");
    parent.tell();
    CHECK(jobs.reports.await("another").pid() == parent.pid());
    check_untouched(jobs, id);
    other_hold.open();
    (void)ended(jobs, id);
  }
}

TEST_CASE("the end of a thread is not the end of a parent, also if it is the first one") {
  for (const StartMethod method : all_methods) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    Pipe gate = make_pipe();
    Child parent([&](int) {
      jobs.hold.open();
      gate.write.reset();
      std::thread([] {}).join();
      std::thread([socket = gate.read.get()] {
        (void)read_to_end(socket);
        os::exit_now(0);
      }).detach();
      ::syscall(SYS_exit, 0);  // of this thread alone
      return 1;
    });
    const std::string reference = "pid:" + std::to_string(parent.pid());
    const JobId before = jobs.registry.start(daemonic(jobs, reference, method, answering(jobs)));
    (void)jobs.reports.await("up");
    for (auto stat = os::process_stat(parent.pid()); stat && stat->state != 'Z';
         stat = os::process_stat(parent.pid())) {
    }
    check_untouched(jobs, before);
    const JobId after = jobs.registry.start(daemonic(jobs, reference, method, answering(jobs)));
    (void)jobs.reports.await("up");
    check_untouched(jobs, after);
    gate.write.reset();
    (void)ended(jobs, before);
    (void)ended(jobs, after);
  }
}

TEST_CASE("a job can be the parent: its target's end is what counts") {
  for (const StartMethod method : all_methods) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    Hold gate(jobs.temp.outside(), "outer");
    JobSpec spec = probe_job({"daemonize", "[", "say", jobs.reports.path(), "left", "hold", jobs.hold.path(),
                              "]", "hold", gate.path(), "exit", "3"});
    spec.method = method;
    spec.name = "outer";
    const JobId outer = jobs.registry.start(spec);
    const Reported left = jobs.reports.await("left");
    const JobId by_name = jobs.registry.start(daemonic(jobs, "outer", method));
    const JobId by_id = jobs.registry.start(daemonic(jobs, "job:" + std::to_string(outer), method));
    for (const JobId id : {by_name, by_id}) {
      (void)jobs.reports.await("up");
      CHECK(jobs.registry.info(id).parent.job == outer);
      CHECK(jobs.registry.info(id).parent.pid == jobs.registry.info(outer).pid);
    }
    gate.open();
    (void)ended(jobs, by_name);
    (void)ended(jobs, by_id);
    CHECK_FALSE(left.is_gone());
    CHECK(jobs.registry.join(outer)->exit_status == ExitStatus::exited(3));
  }
}

TEST_CASE("a job that is terminated takes its daemonic jobs with it, and theirs is another reason") {
  Jobs jobs;
  const JobId outer = jobs.registry.start(jobs.staying());
  (void)jobs.reports.await("up");
  const JobId inner = jobs.registry.start(daemonic(jobs, "job:" + std::to_string(outer)));
  (void)jobs.reports.await("up");
  CHECK(jobs.registry.kill({outer}).empty());
  CHECK(ended(jobs, inner).exit_status == ExitStatus::signalled(SIGTERM, false));
  CHECK(jobs.registry.info(outer).reason == "");
}

TEST_CASE("the whole tree of a daemonic job ends with its parent, and what is deaf is killed") {
  for (const StartMethod method : all_methods) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    Stayer parent(jobs);
    JobSpec spec = daemonic(
        jobs, parent.reference(), method,
        {"ignore", "15", "fork", "[", "setsid", "say", jobs.reports.path(), "loner", "hold", jobs.hold.path(),
         "]", "daemonize", "[", "say", jobs.reports.path(), "daemon", "hold", jobs.hold.path(), "]"});
    spec.grace = 0ms;
    const JobId id = jobs.registry.start(spec);
    std::vector<Reported> all;
    for (const char* name : {"loner", "daemon", "up"}) all.push_back(jobs.reports.await(name));
    parent.kill();
    CHECK(ended(jobs, id).exit_status == ExitStatus::signalled(SIGKILL, false));
    for (const Reported& each : all) each.await_end();
    CHECK(jobs.await(id, [](const JobInfo& info) { return info.orphans == 0; }).state == JobState::exited);
  }
}

TEST_CASE("a daemonic job ends with its stop signal, and what its target makes of it counts") {
  Jobs jobs;
  Stayer parent(jobs);
  JobSpec spec =
      daemonic(jobs, parent.reference(), StartMethod::fork, {"end-on", "12", jobs.reports.path(), "bye"});
  spec.stop_signal = SIGUSR2;
  spec.grace = 24h;
  const JobId id = jobs.registry.start(spec);
  (void)jobs.reports.await("up");
  parent.exit();
  CHECK(ended(jobs, id).exit_status == ExitStatus::exited(0));
  CHECK(jobs.reports.heard("bye"));
}

TEST_CASE("what the ended target of a daemonic job has left behind ends with the parent, too") {
  Jobs jobs;
  Stayer parent(jobs);
  JobSpec spec = probe_job({"daemonize", "[", "say", jobs.reports.path(), "orphan", "hold", jobs.hold.path(),
                            "]", "say", jobs.reports.path(), "up", "exit", "3"});
  spec.daemon = true;
  spec.parent = parent.reference();
  const JobId id = jobs.registry.start(spec);
  const Reported orphan = jobs.reports.await("orphan");
  CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(3));
  CHECK_FALSE(orphan.is_gone());
  parent.exit();
  orphan.await_end();
  CHECK(jobs.registry.info(id).exit_status == ExitStatus::exited(3));
  CHECK(jobs.registry.info(id).reason == "");
}

TEST_CASE("a job that is not daemonic outlives its parent") {
  for (const StartMethod method : all_methods) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    Stayer parent(jobs);
    JobSpec spec = daemonic(jobs, parent.reference(), method, answering(jobs));
    spec.daemon = false;
    const JobId id = jobs.registry.start(spec);
    (void)jobs.reports.await("up");
    CHECK(jobs.registry.info(id).parent.pid == parent.pid());
    parent.exit();
    check_untouched(jobs, id);
    jobs.hold.open();
    CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(0));
  }
}

TEST_CASE("without another word a daemonic job is tied to the process that called the one that started it") {
  for (const StartMethod method : all_methods) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    Pipe gate = make_pipe();
    JobSpec spec = jobs.staying(answering(jobs), method);
    spec.daemon = true;
    Child shell([&](int output) {
      jobs.hold.open();
      gate.write.reset();
      Child caller([&](int) {
        os::write_all(output, std::to_string(Registry(jobs.temp.path()).start(spec)));
        return 0;
      });
      (void)caller.wait();
      os::write_all(output, "\n");
      (void)read_to_end(gate.read.get());
      return 0;
    });
    (void)jobs.reports.await("up");
    std::string id;
    for (char c = read_byte(shell.output()); c != '\n'; c = read_byte(shell.output())) id += c;
    REQUIRE(id == "1");
    CHECK(jobs.registry.info(1).parent.pid == shell.pid());
    check_untouched(jobs, 1);
    gate.write.reset();
    (void)shell.wait();
    (void)ended(jobs, 1);
  }
}

TEST_CASE("a daemonic run ends with its parent") {
  Jobs jobs;
  Stayer parent(jobs);
  Child runner([&](int) {
    jobs.hold.open();
    const RunResult result = Registry(jobs.temp.path()).run(daemonic(jobs, parent.reference()));
    return result.status == ExitStatus::signalled(SIGTERM, false) ? 0 : 1;
  });
  (void)jobs.reports.await("up");
  CHECK(jobs.registry.info(1).daemon);
  parent.exit();
  CHECK(runner.wait() == ExitStatus::exited(0));
}

TEST_CASE("a daemonic job outlives what is not its parent: the caller, and the fork server") {
  Jobs jobs;
  Stayer parent(jobs);
  Child caller([&](int) {
    jobs.hold.open();
    return Registry(jobs.temp.path())
                       .start(daemonic(jobs, parent.reference(), StartMethod::forkserver, answering(jobs))) ==
                   1
               ? 0
               : 1;
  });
  CHECK(caller.wait() == ExitStatus::exited(0));
  (void)jobs.reports.await("up");
  CHECK(jobs.registry.stop_fork_server(true));
  check_untouched(jobs, 1);
  parent.exit();
  (void)ended(jobs, 1);
}
