// SPDX-License-Identifier: MIT
// The start methods: what a target inherits.
#include <doctest/doctest.h>

#include <csignal>

#include "os/process.hpp"
#include "os/signals.hpp"
#include "support/jobs.hpp"

using namespace brood;
using namespace brood::test;

namespace {

constexpr StartMethod both[] = {StartMethod::fork, StartMethod::spawn};

// Descriptors of the caller that would survive an exec.
class Inheritable {
 public:
  Inheritable() {
    const os::Fd null = os::open_at(os::current_directory(), "/dev/null", os::Open::read);
    for (const int number : {77, 78, 300}) os::place(null.get(), number);
  }
  ~Inheritable() {
    for (const int number : {77, 78, 300}) os::close_quietly(number);
  }
};

JobSpec with_method(JobSpec spec, StartMethod method) {
  spec.method = method;
  return spec;
}

}  // namespace

TEST_CASE("a job does the same under each start method") {
  for (const StartMethod method : both) {
    Jobs jobs;
    const JobId id = jobs.registry.start(with_method(jobs.staying({"print", "out"}), method));
    const Reported target = jobs.reports.await("up");
    CHECK(jobs.registry.info(id).state == JobState::running);
    CHECK(jobs.registry.info(id).start_method == method);
    CHECK(jobs.registry.info(id).pid == target.pid());
    jobs.hold.open();
    const JobInfo info = *jobs.registry.join(id);
    CHECK(info.exit_status == ExitStatus::exited(0));
    CHECK(contents_of(info.stdout_log) == "out\n");
  }
}

TEST_CASE("a job's tree is terminated under each start method") {
  for (const StartMethod method : both) {
    Jobs jobs;
    const JobId id = jobs.registry.start(with_method(
        jobs.staying({"daemonize", "[", "say", jobs.reports.path(), "daemon", "hold", jobs.hold.path(), "]"}),
        method));
    const Reported daemon = jobs.reports.await("daemon");
    const Reported target = jobs.reports.await("up");
    CHECK(jobs.registry.terminate({id}).empty());
    CHECK(daemon.is_gone());
    CHECK(target.is_gone());
    CHECK(jobs.registry.info(id).exit_status == ExitStatus::signalled(SIGTERM, false));
  }
}

TEST_CASE("a job inherits no descriptor of its caller") {
  const Inheritable inheritable;
  for (const StartMethod method : both) {
    Jobs jobs;
    CHECK(jobs.output_of(with_method(probe_job({"fds"}), method)) == "\n");
  }
}

TEST_CASE("a job gets the descriptors that are passed to it, and no others") {
  const Inheritable inheritable;
  for (const StartMethod method : both) {
    Jobs jobs;
    JobSpec spec = with_method(probe_job({"fds"}), method);
    spec.pass_fds = {300, 77, 300};
    CHECK(jobs.output_of(spec) == "77 300\n");
  }
}

TEST_CASE("a passed descriptor is the caller's, also when it was close-on-exec") {
  for (const StartMethod method : both) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    Pipe pipe = make_pipe();
    os::Fd passed = os::duplicate(pipe.write.get(), 60);
    JobSpec spec = with_method(probe_job({}), method);
    spec.target = {"/bin/sh", "-c", "echo passed >/proc/self/fd/" + std::to_string(passed.get())};
    spec.pass_fds = {passed.get()};
    CHECK(jobs.run_to_end(spec).exit_status == ExitStatus::exited(0));
    pipe.write.reset();
    passed.reset();
    CHECK(read_to_end(pipe.read.get()) == "passed\n");
  }
}

TEST_CASE("the lowest free descriptors can be passed, too") {
  for (const StartMethod method : both) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    Pipe pipe = make_pipe();
    JobSpec spec = with_method(probe_job({}), method);
    spec.target = {"/bin/sh", "-c", "echo passed >/proc/self/fd/" + std::to_string(pipe.write.get())};
    spec.pass_fds = {pipe.write.get()};
    CHECK(jobs.run_to_end(spec).exit_status == ExitStatus::exited(0));
    pipe.write.reset();
    CHECK(read_to_end(pipe.read.get()) == "passed\n");
  }
}

TEST_CASE("a descriptor that cannot be passed is refused") {
  Jobs jobs;
  JobSpec spec = probe_job({"exit", "0"});
  spec.pass_fds = {2};
  CHECK(failure_of([&] { jobs.registry.start(spec); }).code() == Errc::bad_value);
  spec.pass_fds = {999};
  CHECK(failure_of([&] { jobs.registry.start(spec); }).code() == system_error(EBADF));
  CHECK(jobs.registry.list().empty());
}

TEST_CASE("under fork a job can inherit every descriptor, and its monitor keeps none of them") {
  const Inheritable inheritable;
  Jobs jobs;
  Pipe pipe = make_pipe();
  os::place(pipe.write.get(), 79);
  JobSpec spec = probe_job({"fds", "hold", jobs.hold.path()});
  spec.inherit_fds = true;
  const JobId id = jobs.registry.start(spec);
  os::close_quietly(79);
  pipe.write.reset();
  jobs.hold.open();
  const std::string fds = " " + contents_of(jobs.registry.join(id)->stdout_log);
  CHECK(fds.find(" 77 78 79 ") != std::string::npos);
  CHECK(read_to_end(pipe.read.get()) == "");
}

TEST_CASE("a job leads a session of its own, whatever the method") {
  for (const StartMethod method : both) {
    Jobs jobs;
    CHECK(jobs.output_of(with_method(probe_job({"session"}), method)) == "leader\n");
  }
}

TEST_CASE("signals that the caller ignores or blocks are as new in a job, whatever the method") {
  ::signal(SIGUSR2, SIG_IGN);
  for (const StartMethod method : both) {
    Jobs jobs;
    const os::SignalBlock block;
    CHECK(jobs.output_of(with_method(probe_job({"ignored", "blocked"}), method)) == "\n\n");
  }
  ::signal(SIGUSR2, SIG_DFL);
}

TEST_CASE("a monitor made in advance serves the next start, and one that is not needed leaves") {
  Jobs jobs;
  Registry::stand_by();
  Registry::stand_by();
  CHECK(jobs.run_to_end(probe_job({"exit", "5"})).exit_status == ExitStatus::exited(5));
  CHECK(jobs.run_to_end(probe_job({"exit", "6"})).exit_status == ExitStatus::exited(6));
}

TEST_CASE("the fork server is not there yet, and said not to be") {
  Jobs jobs;
  CHECK(failure_of([&] {
          jobs.registry.start(with_method(probe_job({"exit", "0"}), StartMethod::forkserver));
        }).code() == Errc::unsupported);
}
