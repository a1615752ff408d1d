// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "os/process.hpp"
#include "support/child.hpp"
#include "support/jobs.hpp"

using namespace brood;
using namespace brood::test;
using namespace std::chrono_literals;

TEST_CASE("a created job does not run until it is started") {
  Jobs jobs;
  const JobId id = jobs.registry.create(jobs.staying());
  const JobInfo created = jobs.registry.info(id);
  CHECK(created.state == JobState::created);
  CHECK_FALSE(created.pid.has_value());
  CHECK_FALSE(created.started_at.has_value());
  CHECK_FALSE(os::has_children());
  jobs.registry.start(id);
  CHECK(jobs.registry.info(id).state == JobState::running);
  CHECK(jobs.registry.info(id).created_at == created.created_at);
  (void)jobs.reports.await("up");
  jobs.hold.open();
  CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(0));
}

TEST_CASE("everything asked of a created job holds when it is started") {
  Jobs jobs;
  JobSpec spec = probe_job({"cwd", "env", "VALUE", "umask", "limit", "7", "args", "[", "caf\xe9", "]"});
  spec.name = "later";
  spec.cwd = jobs.temp.outside().path();
  spec.set_env = {{"VALUE", "caf\xe9 \n"}};
  spec.umask = 0;
  spec.limits = {{"nofile", 100, 200}};
  spec.labels = {{"k", "v"}};
  const JobId id = jobs.registry.create(spec);
  jobs.registry.start(id);
  const JobInfo info = *jobs.registry.join(id);
  CHECK(info.name == "later");
  CHECK(info.labels == spec.labels);
  CHECK(contents_of(info.stdout_log) == spec.cwd + "\ncaf\xe9 \n\n000\n100 200\n<caf\xe9>\n");
}

TEST_CASE("a job is started once, and never again") {
  Jobs jobs;
  const JobId id = jobs.registry.create(jobs.staying());
  jobs.registry.start(id);
  CHECK(failure_of([&] { jobs.registry.start(id); }).code() == Errc::already_started);
  jobs.hold.open();
  (void)jobs.registry.join(id);
  CHECK(failure_of([&] { jobs.registry.start(id); }).code() == Errc::already_started);
}

TEST_CASE("of eight that start a created job at once one does, and the others are told") {
  Jobs jobs;
  const JobId id = jobs.registry.create(jobs.staying());
  Pipe gate = make_pipe();
  std::vector<Child> starters;
  for (int i = 0; i < 8; ++i)
    starters.emplace_back([&](int) {
      gate.write.reset();
      (void)read_to_end(gate.read.get());
      try {
        Registry(jobs.temp.path()).start(id);
        return 0;
      } catch (const Error& problem) {
        return problem.code() == Errc::already_started ? 1 : 2;
      }
    });
  gate.write.reset();
  int started = 0, refused = 0;
  for (auto& starter : starters) {
    const ExitStatus status = starter.wait();
    started += status == ExitStatus::exited(0);
    refused += status == ExitStatus::exited(1);
  }
  CHECK(started == 1);
  CHECK(refused == 7);
  (void)jobs.reports.await("up");
  CHECK(jobs.registry.info(id).state == JobState::running);
  jobs.hold.open();
  CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(0));
  CHECK_FALSE(jobs.reports.heard("up"));
}

TEST_CASE("a created job whose target cannot be run stays created, with nothing added to it") {
  Jobs jobs;
  JobSpec spec;
  spec.target = {jobs.temp.outside() / "program"};
  const JobId id = jobs.registry.create(spec);
  CHECK(failure_of([&] { jobs.registry.start(id); }).exit_status() == 127);
  const JobInfo info = jobs.registry.info(id);
  CHECK(info.state == JobState::created);
  CHECK_FALSE(info.pid.has_value());
  CHECK(jobs.files("jobs/1") == std::vector<std::string>{"job.json"});
  jobs.temp.outside().file("program", "#!/bin/sh\nexit 4\n", 0755);
  jobs.registry.start(id);
  CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(4));
}

TEST_CASE("a created job that is renamed is started under its new name") {
  Jobs jobs;
  const JobId id = jobs.registry.create(probe_job({"exit", "0"}));
  jobs.registry.rename(id, "renamed");
  CHECK(jobs.registry.info(id).state == JobState::created);
  jobs.registry.start(id);
  CHECK(jobs.registry.join(id)->name == "renamed");
}

TEST_CASE("a job that was never started cannot be joined or terminated") {
  Jobs jobs;
  const JobId id = jobs.registry.create(probe_job({"exit", "0"}));
  CHECK(failure_of([&] { jobs.registry.join(id); }).code() == Errc::not_started);
  const auto failures = jobs.registry.terminate({id});
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].id == id);
  CHECK(failures[0].error.code() == Errc::not_started);
  CHECK(jobs.registry.info(id).state == JobState::created);
}

TEST_CASE("a created job can be closed") {
  Jobs jobs;
  const JobId id = jobs.registry.create(probe_job({"exit", "0"}));
  jobs.registry.close(id);
  CHECK(jobs.files().empty());
}

TEST_CASE("a job that there is not cannot be started") {
  Jobs jobs;
  CHECK(failure_of([&] { jobs.registry.start(JobId{7}); }).code() == Errc::no_such_job);
  (void)jobs.registry.create(probe_job({"exit", "0"}));
  CHECK(failure_of([&] { jobs.registry.start(JobId{7}); }).code() == Errc::no_such_job);
}

TEST_CASE("a registry that has been moved away says so") {
  Jobs jobs;
  Registry moved = std::move(jobs.registry);
  CHECK(failure_of([&] { return jobs.registry.list(); }).code() == Errc::closed);
  CHECK(jobs.registry.path().empty());
  jobs.registry = std::move(moved);
  CHECK(jobs.registry.list().empty());
}

TEST_CASE("a job's numbers and words that no process could have are refused") {
  Jobs jobs;
  const auto code_of = [&](auto change) {
    JobSpec spec = probe_job({"exit", "0"});
    change(spec);
    return failure_of([&] { return jobs.registry.start(spec); }).code();
  };
  CHECK(code_of([](JobSpec& spec) { spec.stop_signal = 999; }) == Errc::bad_value);
  CHECK(code_of([](JobSpec& spec) { spec.umask = 07777; }) == Errc::bad_value);
  CHECK(code_of([](JobSpec& spec) { spec.grace = std::chrono::milliseconds(-5); }) == Errc::bad_value);
  CHECK(code_of([](JobSpec& spec) { spec.target.push_back(std::string("a\0b", 3)); }) == Errc::bad_value);
  CHECK(jobs.registry.list().empty());
}
