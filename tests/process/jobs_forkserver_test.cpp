// SPDX-License-Identifier: MIT
// The fork server of a state directory: how it comes, what it tells of itself, how it goes.
#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>

#include "monitor/tree.hpp"
#include "support/child.hpp"
#include "support/server.hpp"

using namespace brood;
using namespace brood::test;
using namespace std::chrono_literals;

namespace {

JobSpec served(JobSpec spec) {
  spec.method = StartMethod::forkserver;
  return spec;
}

}  // namespace

TEST_CASE("without a fork server none is running, and asking makes none") {
  Jobs jobs;
  CHECK_FALSE(jobs.registry.fork_server().running);
  CHECK_FALSE(jobs.registry.stop_fork_server());
  CHECK_FALSE(jobs.registry.stop_fork_server(true));
  CHECK(jobs.files(".").empty());
  (void)jobs.run_to_end(probe_job({"exit", "0"}));
  CHECK_FALSE(jobs.registry.fork_server().running);
  CHECK(jobs.files("forkserver").empty());
}

TEST_CASE("the first job that wants a fork server makes it, and the next finds it") {
  Jobs jobs;
  const WallTime before = os::wall_now();
  const JobId first = jobs.registry.start(jobs.staying({}, StartMethod::forkserver));
  const ForkServerInfo server = jobs.registry.fork_server();
  CHECK(server.running);
  CHECK(server.jobs == 1);
  CHECK(server.adopted == 0);
  CHECK(server.idle == default_server_idle);
  CHECK(server.started_at >= before);
  CHECK(server.started_at <= os::wall_now());

  const JobId second = jobs.registry.start(jobs.staying({}, StartMethod::forkserver));
  CHECK(jobs.registry.fork_server().pid == server.pid);
  CHECK(jobs.registry.fork_server().jobs == 2);
  for (const JobId id : {first, second}) {
    const JobInfo info = jobs.registry.info(id);
    CHECK(info.start_method == StartMethod::forkserver);
    CHECK(os::process_stat(info.monitor_pid)->parent == server.pid);
    CHECK(os::process_stat(*info.pid)->parent == info.monitor_pid);
  }
  jobs.hold.open();
  for (const JobId id : {first, second}) CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(0));
  CHECK(await_server_jobs(jobs.registry, 0).pid == server.pid);
}

TEST_CASE("jobs of other start methods are none of the fork server's") {
  Jobs jobs;
  (void)jobs.registry.start_fork_server();
  (void)jobs.registry.start(jobs.staying({}, StartMethod::fork));
  (void)jobs.registry.start(jobs.staying({}, StartMethod::spawn));
  CHECK(jobs.registry.fork_server().jobs == 0);
  CHECK(jobs.registry.stop_fork_server());
}

TEST_CASE("a fork server holds nothing of whoever made it") {
  Jobs jobs;
  Pipe pipe = make_pipe();
  os::place(pipe.write.get(), 77);
  const pid_t server = jobs.registry.start_fork_server().pid;
  os::close_quietly(77);
  pipe.write.reset();
  CHECK(read_to_end(pipe.read.get()) == "");
  const std::string proc = "/proc/" + std::to_string(server);
  CHECK(contents_of(proc + "/environ").empty());
  char link[8] = {};
  CHECK(::readlink((proc + "/cwd").c_str(), link, sizeof link) == 1);
  CHECK(link[0] == '/');
  CHECK(os::process_stat(server)->session == server);
}

TEST_CASE("of many that want a fork server at the same time one makes it, and all find it") {
  Jobs jobs;
  (void)store::StateDir::make(jobs.temp.path());
  Pipe gate = make_pipe();
  std::vector<Child> starters;
  for (int i = 0; i < 8; ++i)
    starters.emplace_back([&](int output) {
      jobs.hold.open();
      gate.write.reset();
      Registry registry(jobs.temp.path());
      await_ready(gate.read.get());
      const JobId id = registry.start(served(probe_job({"exit", std::to_string(i)})));
      os::write_all(output, std::to_string(registry.fork_server().pid) + " " +
                                std::to_string(registry.join(id)->exit_status->exitcode()));
      return 0;
    });
  gate.write.reset();
  const std::string server = std::to_string(jobs.registry.start_fork_server().pid);
  for (std::size_t i = 0; i < starters.size(); ++i) {
    CHECK(starters[i].read_output() == server + " " + std::to_string(i));
    CHECK(starters[i].wait() == ExitStatus::exited(0));
  }
  int servers = 0;
  for (const pid_t child : os::children_of(os::own_pid()))
    servers += monitor::is_keeper(child) && !monitor::is_monitor(child);
  CHECK(servers == 1);
}

TEST_CASE("a fork server that was started stays as it was told, whoever asks for another") {
  Jobs jobs;
  const ForkServerInfo first = jobs.registry.start_fork_server(1h);
  CHECK(first.running);
  CHECK(first.jobs == 0);
  CHECK(first.idle == 1h);
  const ForkServerInfo again = jobs.registry.start_fork_server({});
  CHECK(again.pid == first.pid);
  CHECK(again.idle == 1h);
  CHECK(again.started_at == first.started_at);
  CHECK(jobs.registry.stop_fork_server());
  const ForkServerInfo other = jobs.registry.start_fork_server({});
  CHECK(other.pid != first.pid);
  CHECK_FALSE(other.idle.has_value());
}

TEST_CASE("a fork server is stopped when it has no job, and is gone then") {
  Jobs jobs;
  const JobId id = jobs.registry.start(ending_with(jobs, 4));
  const Reported server(jobs.registry.fork_server().pid, "server");
  const Error refusal = failure_of([&] { return jobs.registry.stop_fork_server(); });
  CHECK(refusal.code() == Errc::server_busy);
  CHECK(std::string(refusal.what()).find("1 alive") != std::string::npos);
  CHECK(jobs.registry.fork_server().pid == server.pid());
  CHECK(jobs.registry.info(id).state == JobState::running);

  jobs.hold.open();
  CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(4));
  (void)await_server_jobs(jobs.registry, 0);
  CHECK(jobs.registry.stop_fork_server());
  server.await_end();
  CHECK_FALSE(jobs.registry.fork_server().running);
  CHECK(jobs.files("forkserver") == std::vector<std::string>{"lock"});
  CHECK_FALSE(jobs.registry.stop_fork_server());
}

TEST_CASE("a fork server that is stopped by force leaves its jobs as they are, and a new one can be made") {
  Jobs jobs;
  std::vector<JobId> ids;
  for (int code = 0; code < 5; ++code) ids.push_back(jobs.registry.start(ending_with(jobs, code)));
  const Reported server(jobs.registry.fork_server().pid, "server");
  CHECK(jobs.registry.stop_fork_server(true));
  CHECK_FALSE(jobs.registry.fork_server().running);
  server.await_end();
  for (const JobId id : ids) CHECK(jobs.registry.info(id).state == JobState::running);

  const JobId later = jobs.registry.start(ending_with(jobs, 77));
  CHECK(jobs.registry.fork_server().pid != server.pid());
  CHECK(jobs.registry.fork_server().jobs == 1);
  CHECK(jobs.registry.terminate({ids.back()}).empty());
  CHECK(jobs.registry.info(ids.back()).exit_status == ExitStatus::signalled(SIGTERM, false));
  jobs.hold.open();
  for (int code = 0; code < 4; ++code)
    CHECK(jobs.registry.join(ids[static_cast<std::size_t>(code)])->exit_status == ExitStatus::exited(code));
  CHECK(jobs.registry.join(later)->exit_status == ExitStatus::exited(77));
}

TEST_CASE("a fork server leaves by itself once it has been without a job for as long as it was told") {
  Jobs jobs;
  const ServerPlace place(jobs);
  HeldServer held(place, 0ms);
  const Reported server(held.pid, "server");
  const JobId id = jobs.registry.start(ending_with(jobs, 3));
  CHECK(jobs.registry.fork_server().pid == server.pid());
  held.client.reset();
  CHECK(jobs.registry.fork_server().jobs == 1);
  CHECK_FALSE(server.is_gone());
  jobs.hold.open();
  CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(3));
  server.await_end();
  CHECK_FALSE(jobs.registry.fork_server().running);
}

TEST_CASE("a start that comes as the fork server leaves is served by another") {
  Jobs jobs;
  const ServerPlace place(jobs);
  for (int code = 0; code < 20; ++code) {
    HeldServer held(place, 0ms);
    const Reported server(held.pid, "server");
    held.client.reset();
    CHECK(jobs.run_to_end(served(probe_job({"exit", std::to_string(code)}))).exit_status ==
          ExitStatus::exited(code));
    (void)jobs.registry.stop_fork_server(true);
    server.await_end();
  }
}

TEST_CASE("a target that cannot be run is told as under every method, and costs the server nothing") {
  Jobs jobs;
  JobSpec spec;
  spec.method = StartMethod::forkserver;
  spec.target = {"/nonexistent/program"};
  const Error failure = failure_of([&] { return jobs.registry.start(spec); });
  CHECK(failure.exit_status() == 127);
  CHECK(failure.code() == system_error(ENOENT));
  spec.target = probe({});
  spec.cwd = "/nonexistent";
  CHECK(failure_of([&] { return jobs.registry.start(spec); }).exit_status() == 125);
  CHECK(jobs.files().empty());
  (void)await_server_jobs(jobs.registry, 0);
  CHECK(jobs.registry.stop_fork_server());
}

TEST_CASE("a created job keeps its start method, and is launched by the fork server") {
  Jobs jobs;
  const JobId id = jobs.registry.create(ending_with(jobs, 6));
  CHECK_FALSE(jobs.registry.fork_server().running);
  jobs.registry.start(id);
  CHECK(os::process_stat(jobs.registry.info(id).monitor_pid)->parent == jobs.registry.fork_server().pid);
  CHECK(failure_of([&] {
          jobs.registry.start(id);
          return 0;
        }).code() == Errc::already_started);
  jobs.hold.open();
  CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(6));
}

TEST_CASE("rules about names hold between jobs of a fork server") {
  Jobs jobs;
  JobSpec spec = ending_with(jobs, 0);
  spec.name = "web";
  const JobId first = jobs.registry.start(spec, NameRule::unique);
  CHECK(failure_of([&] { return jobs.registry.start(spec, NameRule::unique); }).code() == Errc::name_in_use);
  CHECK(jobs.registry.start(spec, NameRule::reuse) == first);
  const JobId second = jobs.registry.start(spec, NameRule::replace);
  CHECK(jobs.registry.info(first).exit_status == ExitStatus::signalled(SIGTERM, false));
  CHECK(jobs.registry.info(second).state == JobState::running);
}
