// SPDX-License-Identifier: MIT
// Whom a daemonic job can be tied to, and what daemonic jobs may not do.
#include <doctest/doctest.h>

#include <csignal>

#include "os/proc.hpp"
#include "os/process.hpp"
#include "support/family.hpp"

using namespace brood;
using namespace brood::test;
using namespace std::chrono_literals;

namespace {

std::error_code refusal(Jobs& jobs, const JobSpec& spec) {
  return failure_of([&] { return jobs.registry.start(spec); }).code();
}

// Starts a created job; the error's name, or nothing.
std::string start_created(Registry& registry, JobId id) {
  registry.start(id);
  return "started";
}

JobSpec quick(StartMethod method = StartMethod::fork) {
  JobSpec spec = probe_job({"exit", "0"});
  spec.method = method;
  return spec;
}

JobId daemonic_outer(Jobs& jobs, Stayer& parent, const Words& before = {}) {
  const JobId outer = jobs.registry.start(daemonic(jobs, parent.reference(), StartMethod::fork, before));
  (void)jobs.reports.await("up");
  return outer;
}

}  // namespace

TEST_CASE("a process that has ended cannot be a parent") {
  for (const StartMethod method : all_methods) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    Stayer parent(jobs);
    const JobSpec spec = daemonic(jobs, parent.reference(), method);
    parent.tell();
    Reported(parent.pid(), "parent").await_end();
    CHECK(refusal(jobs, spec) == Errc::parent_gone);  // left unreaped
    parent.exit();
    CHECK(refusal(jobs, spec) == system_error(ESRCH));
    CHECK(jobs.registry.list().empty());
    CHECK(jobs.files().empty());
    CHECK_FALSE(jobs.reports.heard("up"));
  }
}

TEST_CASE("a job that is over cannot be a parent") {
  for (const StartMethod method : all_methods) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    const JobInfo outer = jobs.run_to_end(quick());
    CHECK(refusal(jobs, daemonic(jobs, "job:" + std::to_string(outer.id), method)) == Errc::parent_gone);
    CHECK(jobs.registry.list().size() == 1);
  }
}

TEST_CASE("a job that has not been launched cannot be a parent") {
  Jobs jobs;
  const JobId outer = jobs.registry.create(quick());
  CHECK(refusal(jobs, daemonic(jobs, "job:" + std::to_string(outer))) == Errc::not_started);
  CHECK(jobs.registry.list().size() == 1);
}

TEST_CASE("what is no process or job cannot be a parent") {
  Jobs jobs;
  CHECK(refusal(jobs, daemonic(jobs, "pid:x")) == Errc::bad_value);
  CHECK(refusal(jobs, daemonic(jobs, "pid:")) == Errc::bad_value);
  CHECK(refusal(jobs, daemonic(jobs, "pid:0")) == Errc::bad_value);
  CHECK(refusal(jobs, daemonic(jobs, "pid:-1")) == Errc::bad_value);
  CHECK(refusal(jobs, daemonic(jobs, "99999999999999999999")) == Errc::bad_value);
  CHECK(refusal(jobs, daemonic(jobs, "job:99")) == Errc::no_such_job);
  CHECK(refusal(jobs, daemonic(jobs, "nobody")) == Errc::no_such_job);
  CHECK(refusal(jobs, daemonic(jobs, "@self")) == Errc::not_inside_job);
  CHECK(jobs.files().empty());
}

TEST_CASE("another process that has the pid of the parent is not the parent") {
  for (const StartMethod method : all_methods) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    Stayer parent(jobs);
    const JobId id = jobs.registry.create(daemonic(jobs, parent.reference(), method));
    const std::string path = jobs.temp / "jobs/1/job.json";
    std::string record = contents_of(path);
    const std::string time = "\"start_time\":" + std::to_string(os::start_time_of(parent.pid()));
    const std::size_t at = record.find(time);
    REQUIRE(at != std::string::npos);
    record[at + time.size() - 1] = record[at + time.size() - 1] == '1' ? '2' : '1';
    os::write_at(os::open_at(os::current_directory(), path, os::Open::read_write).get(), 0, record);
    CHECK(failure_of([&] { return start_created(jobs.registry, id); }).code() == Errc::parent_gone);
    CHECK(jobs.registry.info(id).state == JobState::created);
    CHECK_FALSE(jobs.reports.heard("up"));
  }
}

TEST_CASE("a created daemonic job is tied to the parent that it had when it was created") {
  for (const StartMethod method : all_methods) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    Stayer parent(jobs);
    const JobId first = jobs.registry.create(daemonic(jobs, parent.reference(), method));
    const JobId second = jobs.registry.create(daemonic(jobs, parent.reference(), method));
    CHECK(jobs.registry.info(first).daemon);
    jobs.registry.start(first);
    (void)jobs.reports.await("up");
    CHECK(jobs.registry.info(first).parent.pid == parent.pid());
    parent.kill();
    CHECK(jobs.registry.join(first)->reason == "parent ended");
    CHECK(failure_of([&] { return start_created(jobs.registry, second); }).code() == Errc::parent_gone);
    CHECK(jobs.registry.info(second).state == JobState::created);
  }
}

TEST_CASE("daemonic is what is asked for, else what the surrounding job is, else nothing") {
  Jobs jobs;
  Stayer parent(jobs);
  const JobId daemon = daemonic_outer(jobs, parent);
  const JobId plain = jobs.registry.start(jobs.staying());
  (void)jobs.reports.await("up");
  const auto created = [&](std::optional<JobId> outer, std::optional<bool> asked) {
    JobSpec spec = quick();
    spec.daemon = asked;
    const JobId id =
        outer ? std::stoll(inside(jobs, *outer,
                                  [&](Registry& registry) { return std::to_string(registry.create(spec)); }))
              : jobs.registry.create(spec);
    return jobs.registry.info(id).daemon;
  };
  CHECK(created(daemon, {}));
  CHECK(created(daemon, true));
  CHECK_FALSE(created(daemon, false));
  CHECK_FALSE(created(plain, {}));
  CHECK(created(plain, true));
  CHECK_FALSE(created({}, {}));
  CHECK(created({}, true));
}

TEST_CASE("inside a daemonic job no job may be started, but one may be created") {
  for (const StartMethod method : all_methods) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    Stayer parent(jobs);
    const JobId outer = daemonic_outer(jobs, parent);
    JobSpec spec = quick(method);
    const auto start = [&](Registry& registry) { return std::to_string(registry.start(spec)); };
    const auto run = [&](Registry& registry) {
      return std::to_string(registry.run(spec).status->exitcode());
    };
    const auto create = [&](Registry& registry) { return std::to_string(registry.create(spec)); };
    CHECK(inside(jobs, outer, start) == "daemonic_child");
    CHECK(inside(jobs, outer, run) == "daemonic_child");
    spec.daemon = false;
    CHECK(inside(jobs, outer, start) == "daemonic_child");
    CHECK(inside(jobs, outer, run) == "daemonic_child");
    CHECK(jobs.registry.list().size() == 1);
    const JobId created = std::stoll(inside(jobs, outer, create));
    CHECK(jobs.registry.info(created).state == JobState::created);
    CHECK(inside(jobs, outer, [&](Registry& registry) { return start_created(registry, created); }) ==
          "daemonic_child");
    CHECK(jobs.registry.info(created).state == JobState::created);

    // From elsewhere it may.
    jobs.registry.start(created);
    CHECK(jobs.registry.join(created)->exit_status == ExitStatus::exited(0));
  }
}

TEST_CASE("as long as anything of a daemonic job lives, it is as daemonic; forgotten, it means nothing") {
  Jobs jobs;
  Stayer parent(jobs);
  JobSpec spec = probe_job({"daemonize", "[", "say", jobs.reports.path(), "left", "hold", jobs.hold.path(),
                            "]", "say", jobs.reports.path(), "up", "exit", "0"});
  spec.daemon = true;
  spec.parent = parent.reference();
  const JobId outer = jobs.registry.start(spec);
  const Reported left = jobs.reports.await("left");
  (void)jobs.registry.join(outer);
  const auto start = [&](Registry& registry) { return std::to_string(registry.start(quick())); };
  const auto start_plain = [&](Registry& registry) {
    JobSpec plain = quick();
    plain.daemon = false;
    return std::to_string(registry.start(plain));
  };
  CHECK(inside(jobs, outer, start) == "daemonic_child");
  CHECK(inside(jobs, outer, start_plain) == "daemonic_child");
  CHECK(jobs.registry.kill({outer}).empty());
  CHECK(left.is_gone());
  (void)jobs.await(outer, [](const JobInfo& info) { return info.orphans == 0; });
  // Over it is, and so cannot be a parent.
  CHECK(inside(jobs, outer, start) == "parent_gone");
  CHECK(inside(jobs, outer, start_plain) == "2");
  jobs.registry.close(outer);
  CHECK(inside(jobs, outer, start) == "3");
  CHECK(inside(jobs, 4711, start) == "4");
  for (const JobId id : {2, 3, 4}) (void)jobs.registry.join(id);
}

TEST_CASE("a job of another state directory is not the surrounding one") {
  Jobs jobs, others;
  Stayer parent(jobs);
  const JobId outer = daemonic_outer(jobs, parent);
  CHECK(inside(jobs, outer, [&](Registry&) {
          Registry other(others.temp.path());
          return std::to_string(other.start(quick()));
        }) == "1");
  CHECK_FALSE(others.registry.join(1)->parent.job.has_value());
}

TEST_CASE("the process that asked for a daemonic job has ended: then there is no job") {
  for (const StartMethod method : all_methods) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    Pipe gate = make_pipe();
    Pipe words = make_pipe();
    JobSpec spec = jobs.staying({}, method);
    spec.daemon = true;
    // In a session of its own, like a login: so whoever takes in its children is not taken for it.
    Child shell([&](int) {
      jobs.hold.open();
      ::setsid();
      if (os::fork_process() == 0) {
        gate.write.reset();
        (void)read_to_end(gate.read.get());
        std::string result = "started";
        try {
          (void)Registry(jobs.temp.path()).start(spec);
        } catch (const Error& problem) {
          result = error_code_name(problem.code());
        }
        os::write_all(words.write.get(), result);
        os::exit_now(0);
      }
      return 0;
    });
    CHECK(shell.wait() == ExitStatus::exited(0));
    words.write.reset();
    gate.write.reset();
    CHECK(read_to_end(words.read.get()) == "parent_gone");
    CHECK(jobs.registry.list().empty());
  }
}
