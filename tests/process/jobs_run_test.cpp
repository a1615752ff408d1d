// SPDX-License-Identifier: MIT
// run, in a forked copy of the test: it is the monitor then, and blocks signals.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <csignal>

#include "os/process.hpp"
#include "os/signals.hpp"
#include "support/child.hpp"
#include "support/jobs.hpp"

using namespace brood;
using namespace brood::test;
using namespace std::chrono_literals;

namespace {

std::string words_for(const RunResult& result) {
  std::string words = result.status ? std::to_string(result.status->exitcode()) : "none";
  return result.timed_out ? words + " timed out" : words;
}

// Runs a job with its output to a pipe; what it wrote, then the result.
Child runner(Jobs& jobs, const JobSpec& spec, const std::function<void()>& before = {}) {
  return Child([&](int output) {
    os::place(output, 1);
    jobs.hold.open();  // its copy of what keeps the gate shut
    if (before) before();
    std::string words;
    try {
      words = words_for(Registry(jobs.temp.path()).run(spec));
    } catch (const Error& problem) {
      words = std::string(problem.what()) + " (" + std::to_string(problem.exit_status()) + ")";
    }
    os::write_all(output, words);
    return 0;
  });
}

std::string run(Jobs& jobs, const JobSpec& spec, const std::function<void()>& before = {}) {
  Child child = runner(jobs, spec, before);
  const std::string output = child.read_output();
  CHECK(child.wait() == ExitStatus::exited(0));
  return output;
}

}  // namespace

TEST_CASE("run returns the exit code of its target") {
  Jobs jobs;
  CHECK(run(jobs, probe_job({"exit", "0"})) == "0");
  CHECK(run(jobs, probe_job({"exit", "3"})) == "3");
}

TEST_CASE("run returns the signal that its target died of") {
  Jobs jobs;
  CHECK(run(jobs, probe_job({"die", "9"})) == "-9");
  CHECK(run(jobs, probe_job({"die", "15"})) == "-15");
}

TEST_CASE("the target of a run has the caller's streams") {
  Jobs jobs;
  CHECK(run(jobs, probe_job({"print", "hello"})) == "hello\n0");
}

TEST_CASE("the target of a run keeps the caller's signals, session and descriptors") {
  Jobs jobs;
  const std::string output = run(jobs, probe_job({"blocked", "ignored", "session", "fds"}), [] {
    ::signal(SIGHUP, SIG_IGN);
    os::block(SIGUSR1);
    os::place(1, 77);
  });
  CHECK(output.substr(0, 12) == "10\n1\nmember\n");
  CHECK(output.find("77") != std::string::npos);
}

TEST_CASE("the target of a run keeps the caller's SIGCHLD, ignored or not") {
  Jobs jobs;
  CHECK(run(jobs, probe_job({"ignored", "exit", "4"}), [] { ::signal(SIGCHLD, SIG_IGN); }) == "17\n4");
}

TEST_CASE("a run leaves no job when it is over") {
  Jobs jobs;
  CHECK(run(jobs, probe_job({"exit", "3"})) == "3");
  CHECK(jobs.registry.list().empty());
  CHECK(jobs.files().empty());
}

TEST_CASE("a run that is named, or to be kept, leaves its record") {
  Jobs jobs;
  JobSpec spec = probe_job({"exit", "3"});
  spec.name = "named";
  CHECK(run(jobs, spec) == "3");
  spec.name.clear();
  spec.keep = true;
  CHECK(run(jobs, spec) == "3");
  const auto all = jobs.registry.list();
  REQUIRE(all.size() == 2);
  for (const auto& info : all) {
    CHECK(info.state == JobState::exited);
    CHECK(info.exit_status == ExitStatus::exited(3));
  }
}

TEST_CASE("a run can be seen while it lasts") {
  Jobs jobs;
  Child child = runner(jobs, jobs.staying());
  const Reported target = jobs.reports.await("up");
  const auto all = jobs.registry.list();
  REQUIRE(all.size() == 1);
  CHECK(all[0].state == JobState::running);
  CHECK(all[0].pid == target.pid());
  CHECK(all[0].monitor_pid == child.pid());
  jobs.hold.open();
  CHECK(child.read_output() == "0");
  CHECK(child.wait() == ExitStatus::exited(0));
}

TEST_CASE("a run can be terminated and joined from elsewhere") {
  Jobs jobs;
  JobSpec spec = jobs.staying();
  spec.name = "web";
  Child child = runner(jobs, spec);
  (void)jobs.reports.await("up");
  CHECK(jobs.registry.terminate({1}).empty());
  CHECK(jobs.registry.join(1)->exit_status == ExitStatus::signalled(SIGTERM, false));
  CHECK(child.read_output() == "-15");
  CHECK(child.wait() == ExitStatus::exited(0));
}

TEST_CASE("signals that are sent to a run reach its target, once") {
  Jobs jobs;
  Child child = runner(jobs, jobs.staying({"answer", "10", jobs.reports.path(), "usr1", "end-on", "15",
                                           jobs.reports.path(), "term"}));
  (void)jobs.reports.await("up");
  ::kill(child.pid(), SIGUSR1);
  (void)jobs.reports.await("usr1");
  ::kill(child.pid(), SIGTERM);
  (void)jobs.reports.await("term");
  CHECK(child.read_output() == "0");
  CHECK(child.wait() == ExitStatus::exited(0));
  CHECK_FALSE(jobs.reports.heard("usr1"));
}

TEST_CASE("a run whose time is up says so") {
  Jobs jobs;
  JobSpec spec = jobs.staying();
  spec.timeout = 1ms;
  CHECK(run(jobs, spec) == "-15 timed out");
}

TEST_CASE("what the target of a run leaves behind is terminated before run returns") {
  Jobs jobs;
  Child child = runner(jobs, probe_job({"daemonize", "[", "say", jobs.reports.path(), "daemon", "hold",
                                        jobs.hold.path(), "]", "exit", "3"}));
  CHECK(child.read_output() == "3");
  if (jobs.reports.heard("daemon")) CHECK(jobs.reports.await("daemon").is_gone());
  CHECK(child.wait() == ExitStatus::exited(0));
}

TEST_CASE("a run whose target cannot be run fails as it should, and leaves nothing") {
  Jobs jobs;
  JobSpec spec;
  spec.target = {"/nonexistent/program"};
  spec.name = "named";
  CHECK(run(jobs, spec) == "execute '/nonexistent/program': No such file or directory (127)");
  CHECK(jobs.files().empty());
}

TEST_CASE("children that the caller had before are none of the run's business") {
  Jobs jobs;
  const std::string output = run(jobs, probe_job({"exit", "3"}), [&] {
    if (os::fork_process() == 0) {
      const os::Fd gate = os::open_at(os::current_directory(), jobs.hold.path(), os::Open::read_nonblock);
      const int keep[] = {gate.get()};
      os::close_all_but(3, keep, 1);
      os::close_quietly(1);
      await_ready(gate.get());
      os::exit_now(0);
    }
  });
  CHECK(output == "3");
}

TEST_CASE("a run gives its caller back the umask and the signal mask that it had") {
  Jobs jobs;
  Child child([&](int output) {
    ::umask(031);
    jobs.hold.open();
    (void)Registry(jobs.temp.path()).run(probe_job({"exit", "3"}));
    sigset_t mask;
    ::sigprocmask(SIG_SETMASK, nullptr, &mask);
    const bool is_blocked = ::sigismember(&mask, SIGTERM) == 1;
    os::write_all(output, std::to_string(::umask(0)) + (is_blocked ? " blocked" : ""));
    return 0;
  });
  CHECK(child.read_output() == std::to_string(031));
  CHECK(child.wait() == ExitStatus::exited(0));
}
