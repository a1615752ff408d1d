// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "os/process.hpp"
#include "os/signals.hpp"
#include "support/jobs.hpp"

using namespace brood;
using namespace brood::test;
using namespace std::chrono_literals;

TEST_CASE("join tells the exit code of a job") {
  Jobs jobs;
  for (const int code : {0, 3, 124, 127, 255}) {
    const JobInfo info = jobs.run_to_end(probe_job({"exit", std::to_string(code)}));
    CHECK(info.state == JobState::exited);
    CHECK(info.exit_status == ExitStatus::exited(code));
    CHECK(info.reason == "");
  }
}

TEST_CASE("join tells the signal that a job died of") {
  Jobs jobs;
  for (const int signal : {SIGTERM, SIGKILL, SIGSEGV}) {
    const JobInfo info = jobs.run_to_end(probe_job({"die", std::to_string(signal)}));
    CHECK(info.state == JobState::exited);
    CHECK(info.exit_status == ExitStatus::signalled(signal, false));
  }
}

TEST_CASE("a job is on record as running before start returns") {
  Jobs jobs;
  const JobId id = jobs.registry.start(jobs.staying());
  const JobInfo info = jobs.registry.info(id);
  const Reported target = jobs.reports.await("up");
  CHECK(info.state == JobState::running);
  CHECK(info.pid == target.pid());
  CHECK(info.monitor_pid > 1);
  CHECK(info.name == "brood_probe");
  CHECK(info.start_method == StartMethod::fork);
  CHECK_FALSE(info.exit_status.has_value());
  CHECK(info.created_at.has_value());
  CHECK(info.started_at >= info.created_at);
  CHECK_FALSE(info.ended_at.has_value());
  CHECK(info.target == jobs.staying().target);
  jobs.hold.open();
  const JobInfo ended = *jobs.registry.join(id);
  CHECK(ended.pid == target.pid());
  CHECK(ended.ended_at >= ended.started_at);
  REQUIRE(ended.rusage.has_value());
  CHECK(ended.rusage->max_rss_kib > 0);
}

TEST_CASE("join without time asks once") {
  Jobs jobs;
  const JobId id = jobs.registry.start(jobs.staying());
  CHECK_FALSE(jobs.registry.join(id, 0ms).has_value());
  CHECK_FALSE(jobs.registry.join(id, -5ms).has_value());
  jobs.hold.open();
  CHECK(jobs.registry.join(id).has_value());
  CHECK(jobs.registry.join(id, 0ms)->exit_status == ExitStatus::exited(0));
}

TEST_CASE("ids count from 1, and each job has its own") {
  Jobs jobs;
  for (JobId id = 1; id <= 3; ++id) CHECK(jobs.run_to_end(probe_job({"exit", "0"})).id == id);
  CHECK(jobs.registry.list().size() == 3);
}

TEST_CASE("both outputs of a job are kept in one file, in their order") {
  Jobs jobs;
  const JobInfo info = jobs.run_to_end(probe_job({"print", "1", "complain", "2", "print", "3"}));
  CHECK(info.stdout_log == jobs.temp / "jobs/1/output.log");
  CHECK(info.stderr_log == info.stdout_log);
  CHECK(contents_of(info.stdout_log) == "1\n2\n3\n");
}

TEST_CASE("split logs are two files") {
  Jobs jobs;
  JobSpec spec = probe_job({"print", "out", "complain", "err"});
  spec.split_logs = true;
  const JobInfo info = jobs.run_to_end(spec);
  CHECK(contents_of(info.stdout_log) == "out\n");
  CHECK(contents_of(info.stderr_log) == "err\n");
}

TEST_CASE("streams go to and come from the files that were named, which are appended to") {
  Jobs jobs;
  const TempDir& dir = jobs.temp.outside();
  JobSpec spec = probe_job({"cat", "complain", "err"});
  spec.stdin_file = dir.file("in", "input");
  spec.stdout_file = dir.file("out", "before;");
  spec.stderr_file = dir / "err";
  const JobInfo info = jobs.run_to_end(spec);
  CHECK(contents_of(dir / "out") == "before;input");
  CHECK(contents_of(dir / "err") == "err\n");
  CHECK(info.stdout_log == dir / "out");
}

TEST_CASE("a job reads nothing unless told to") {
  Jobs jobs;
  CHECK(jobs.output_of(probe_job({"cat", "print", "end"})) == "end\n");
}

TEST_CASE("a job is told its state directory and id, and else what the caller's environment says") {
  Jobs jobs;
  ::setenv("BROOD_TEST_VALUE", "caller's", 1);
  JobSpec spec =
      probe_job({"env", "BROOD_JOB", "env", "BROOD_STATE_DIR", "env", "BROOD_TEST_VALUE", "env", "NEW"});
  spec.set_env = {{"NEW", "n"}};
  CHECK(jobs.output_of(spec) == "1\n" + jobs.temp.path() + "\ncaller's\nn\n");
  spec.clear_env = true;
  CHECK(jobs.output_of(spec) == "2\n" + jobs.temp.path() + "\n(unset)\nn\n");
  ::unsetenv("BROOD_TEST_VALUE");
}

TEST_CASE("a caller that blocks or ignores signals does not make a deaf job") {
  Jobs jobs;
  ::signal(SIGHUP, SIG_IGN);
  std::string output;
  {
    const os::SignalBlock block;
    output = jobs.output_of(probe_job({"blocked", "ignored"}));
  }
  ::signal(SIGHUP, SIG_DFL);
  CHECK(output == "\n\n");
}

TEST_CASE("a caller that ignores SIGCHLD loses no exit code") {
  Jobs jobs;
  ::signal(SIGCHLD, SIG_IGN);
  const JobInfo info = jobs.run_to_end(probe_job({"ignored", "exit", "3"}));
  ::signal(SIGCHLD, SIG_DFL);
  CHECK(info.exit_status == ExitStatus::exited(3));
  CHECK(contents_of(info.stdout_log) == "\n");
}

TEST_CASE("directory, umask and limits of a job are as asked") {
  Jobs jobs;
  JobSpec spec = probe_job({"cwd", "umask", "limit", "7"});
  spec.cwd = jobs.temp.outside().path();
  spec.umask = 027;
  spec.limits = {{"nofile", 100, 200}};
  CHECK(jobs.output_of(spec) == spec.cwd + "\n027\n100 200\n");
}

TEST_CASE("a job has its caller's umask, which the files of its record do not follow") {
  Jobs jobs;
  const mode_t before = ::umask(0);
  const JobInfo info = jobs.run_to_end(probe_job({"umask"}));
  ::umask(before);
  CHECK(contents_of(info.stdout_log) == "000\n");
  CHECK(os::status_at(os::current_directory(), info.stdout_log)->mode == 0600);
  CHECK(os::status_at(os::current_directory(), jobs.temp / "jobs/1/job.json")->mode == 0600);
  CHECK(os::status_at(os::current_directory(), jobs.temp / "jobs/1")->mode == 0700);
}

TEST_CASE("a target that cannot be run leaves no job, whatever the start method") {
  for (const StartMethod method : {StartMethod::fork, StartMethod::spawn}) {
    Jobs jobs;
    JobSpec missing;
    missing.method = method;
    missing.target = {"/nonexistent/program"};
    CHECK(failure_of([&] { jobs.registry.start(missing); }).exit_status() == 127);
    JobSpec directory = missing;
    directory.target = {jobs.temp.outside().path()};
    CHECK(failure_of([&] { jobs.registry.start(directory); }).exit_status() == 126);
    JobSpec nowhere = probe_job({"exit", "0"});
    nowhere.method = method;
    nowhere.cwd = "/nonexistent/directory";
    const Error failure = failure_of([&] { jobs.registry.start(nowhere); });
    CHECK(failure.exit_status() == 125);
    CHECK(failure.code() == system_error(ENOENT));
    CHECK(failure.doing().find("/nonexistent/directory") != std::string::npos);
    CHECK(jobs.registry.list().empty());
    CHECK(jobs.files().empty());
  }
}

TEST_CASE("a file for a stream that cannot be opened is an error, and leaves no job") {
  Jobs jobs;
  JobSpec spec = probe_job({"exit", "0"});
  spec.stdin_file = "/nonexistent/input";
  CHECK(failure_of([&] { jobs.registry.start(spec); }).code() == system_error(ENOENT));
  spec.stdin_file.clear();
  spec.stdout_file = "/nonexistent/output";
  CHECK(failure_of([&] { jobs.registry.start(spec); }).code() == system_error(ENOENT));
  CHECK(jobs.files().empty());
}

TEST_CASE("what cannot be launched is refused before anything is made") {
  Jobs jobs;
  JobSpec spec;
  CHECK(failure_of([&] { jobs.registry.start(spec); }).code() == Errc::bad_value);
  spec = probe_job({"exit", "0"});
  spec.name = "12";
  CHECK(failure_of([&] { jobs.registry.start(spec); }).code() == Errc::bad_name);
  spec.name.clear();
  spec.limits = {{"nonsense", 1, 1}};
  CHECK(failure_of([&] { jobs.registry.start(spec); }).code() == Errc::bad_value);
  spec.limits.clear();
  spec.set_env = {{"A=B", "x"}};
  CHECK(failure_of([&] { jobs.registry.start(spec); }).code() == Errc::bad_value);
  CHECK(jobs.files().empty());
}

TEST_CASE("the run-time limit terminates a job, and says so") {
  Jobs jobs;
  JobSpec spec = jobs.staying();
  spec.timeout = 1ms;
  const JobInfo info = jobs.run_to_end(spec);
  CHECK(info.state == JobState::exited);
  CHECK(info.exit_status == ExitStatus::signalled(SIGTERM, false));
  CHECK(info.reason == "timeout");
  CHECK(info.timeout == 1ms);
}

TEST_CASE("a job that is deaf to its run-time limit is killed after its grace") {
  Jobs jobs;
  const JobId id = jobs.registry.create([&] {
    JobSpec spec = jobs.staying({"ignore", "15"});
    spec.timeout = 100ms;
    spec.grace = 0ms;
    return spec;
  }());
  jobs.registry.start(id);
  const JobInfo info = *jobs.registry.join(id);
  CHECK(info.exit_status->is_signalled());
  CHECK(info.reason == "timeout");
}
