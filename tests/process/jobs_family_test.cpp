// SPDX-License-Identifier: MIT
// Jobs inside jobs: their place in the family, and what becomes of them when the outer job ends.
#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <set>

#include "os/proc.hpp"
#include "os/process.hpp"
#include "support/family.hpp"
#include "support/launch.hpp"

using namespace brood;
using namespace brood::test;
using namespace std::chrono_literals;

namespace {

JobSpec quick(StartMethod method = StartMethod::fork) {
  JobSpec spec = probe_job({"exit", "0"});
  spec.method = method;
  return spec;
}

std::vector<JobId> ids_of(const std::vector<JobInfo>& jobs) {
  std::vector<JobId> ids;
  for (const JobInfo& info : jobs) ids.push_back(info.id);
  return ids;
}

JobId staying_outer(Jobs& jobs, StartMethod method = StartMethod::fork) {
  const JobId id = jobs.registry.start(jobs.staying({}, method));
  (void)jobs.reports.await("up");
  return id;
}

// A job in the foreground of a process of its own, whose target exits 3 when `gate` is opened.
struct Run {
  explicit Run(Jobs& jobs)
      : gate(jobs.temp.outside(), "gate"), runner([&](int output) {
          jobs.hold.open();
          const std::string path = gate.path();
          gate.open();
          JobSpec spec = probe_job({"say", jobs.reports.path(), "run", "hold", path, "exit", "3"});
          spec.keep = true;
          const RunResult result = Registry(jobs.temp.path()).run(spec);
          os::write_all(output, std::to_string(result.status->exitcode()));
          return 0;
        }) {
    (void)jobs.reports.await("run");
  }
  bool has_returned() const { return os::is_ready(runner.output()); }
  Hold gate;
  Child runner;
};

// A script that uses the command as one would; what it wrote. Empty without the command.
std::string shell(Jobs& jobs, const std::string& script) {
  Launch launch(
      {"/bin/sh", "-c", script},
      {"BROOD=" + std::string(std::getenv("BROOD")), "PROBE=" BROOD_PROBE, "REPORTS=" + jobs.reports.path(),
       "HOLD=" + jobs.hold.path(), "BROOD_STATE_DIR=" + jobs.temp.path(), "PATH=/usr/bin:/bin"});
  (void)launch.run();
  return launch.output();
}

}  // namespace

TEST_CASE("a job's identity tells its place in the family") {
  for (const StartMethod method : all_methods) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    const JobId outer = staying_outer(jobs, method);
    CHECK(jobs.registry.info(outer).identity == "Process-1");
    const JobId first = started_inside(jobs, outer, jobs.staying({}, method));
    const JobId created = std::stoll(inside(
        jobs, outer, [&](Registry& registry) { return std::to_string(registry.create(quick(method))); }));
    const JobId below = started_inside(jobs, first, quick(method));
    const JobId third = started_inside(jobs, outer, quick(method));
    const JobId stranger = jobs.registry.start(quick(method));
    CHECK(jobs.registry.info(first).identity == "Process-1:1");
    CHECK(jobs.registry.info(created).identity == "Process-1:2");
    CHECK(jobs.registry.info(below).identity == "Process-1:1:1");
    CHECK(jobs.registry.info(third).identity == "Process-1:3");
    CHECK(jobs.registry.info(stranger).identity == "Process-" + std::to_string(stranger));

    for (const JobId id : {first, created, third}) {
      CHECK(jobs.registry.info(id).parent.job == outer);
      CHECK(jobs.registry.info(id).parent.pid == jobs.registry.info(outer).pid);
      CHECK(jobs.registry.info(id).parent.start_time == jobs.registry.info(outer).pid_start_time);
    }
    CHECK(jobs.registry.info(below).parent.job == first);
    CHECK_FALSE(jobs.registry.info(stranger).parent.job.has_value());
    jobs.registry.start(created);
    (void)jobs.registry.join(created);
    CHECK(jobs.registry.info(created).identity == "Process-1:2");
    CHECK(jobs.registry.info(created).parent.job == outer);
    for (const JobId id : {below, third, stranger}) (void)jobs.registry.join(id);
  }
}

TEST_CASE("jobs that are started inside another at the same time have places of their own") {
  Jobs jobs;
  const JobId outer = staying_outer(jobs);
  Pipe gate = make_pipe();
  std::vector<Child> starters;
  for (std::size_t i = 0; i < 6; ++i)
    starters.emplace_back([&](int) {
      jobs.hold.open();
      gate.write.reset();
      (void)read_to_end(gate.read.get());
      ::setenv("BROOD_JOB", std::to_string(outer).c_str(), 1);
      ::setenv("BROOD_STATE_DIR", jobs.temp.path().c_str(), 1);
      Registry registry(jobs.temp.path());
      (void)registry.join(registry.start(quick(all_methods[i % 3])));
      return 0;
    });
  gate.write.reset();
  for (Child& starter : starters) CHECK(starter.wait() == ExitStatus::exited(0));
  std::set<std::string> identities;
  for (const JobInfo& info : jobs.registry.children(outer)) identities.insert(info.identity);
  CHECK(identities == std::set<std::string>{"Process-1:1", "Process-1:2", "Process-1:3", "Process-1:4",
                                            "Process-1:5", "Process-1:6"});
}

TEST_CASE(
    "the children of a job are those that were started or created inside it, also ended ones, until they are "
    "closed") {
  Jobs jobs;
  const JobId outer = staying_outer(jobs);
  CHECK(jobs.registry.children(outer).empty());
  const JobId stayer = started_inside(jobs, outer, jobs.staying());
  const JobId ended = started_inside(jobs, outer, quick());
  const JobId created = std::stoll(
      inside(jobs, outer, [](Registry& registry) { return std::to_string(registry.create(quick())); }));
  (void)started_inside(jobs, stayer, quick());
  JobSpec adopted = quick();
  adopted.parent = "job:" + std::to_string(outer);
  const JobId named = jobs.registry.start(adopted);
  (void)jobs.registry.start(quick());
  CHECK(ids_of(jobs.registry.children(outer)) == std::vector<JobId>{stayer, ended, created, named});
  CHECK(jobs.registry.info(named).identity == "Process-1:4");
  (void)jobs.registry.join(ended);
  CHECK(jobs.registry.children(outer)[1].state == JobState::exited);
  jobs.registry.close(ended);
  CHECK(ids_of(jobs.registry.children(outer)) == std::vector<JobId>{stayer, created, named});
  CHECK(jobs.registry.children(4711).empty());
  CHECK(jobs.registry.kill({outer}).empty());
  CHECK(ids_of(jobs.registry.children(outer)) == std::vector<JobId>{stayer, created, named});
  CHECK(jobs.registry.info(stayer).state == JobState::running);
}

TEST_CASE("a failed launch leaves no child, and its place may stay empty") {
  Jobs jobs;
  const JobId outer = staying_outer(jobs);
  JobSpec spec;
  spec.target = {"/nonexistent"};
  CHECK(inside(jobs, outer, [&](Registry& registry) { return std::to_string(registry.start(spec)); }) ==
        "ENOENT");
  CHECK(jobs.registry.children(outer).empty());
  const JobId next = started_inside(jobs, outer, quick());
  CHECK(ids_of(jobs.registry.children(outer)) == std::vector<JobId>{next});
}

TEST_CASE("the jobs of a caller are those that its parent has started by whatever command, outside any job") {
  Jobs jobs;
  const JobId outer = staying_outer(jobs);
  (void)started_inside(jobs, outer, quick());
  Child shell_like([&](int output) {
    jobs.hold.open();
    const auto command = [&](const std::function<void(Registry&)>& body) {
      Child child([&](int) {
        Registry registry(jobs.temp.path());
        body(registry);
        return 0;
      });
      (void)child.wait();
    };
    command([](Registry& registry) { (void)registry.start(quick()); });
    command([](Registry& registry) { (void)registry.join(registry.start(quick(StartMethod::spawn))); });
    command([](Registry& registry) { (void)registry.create(quick()); });
    command([&](Registry& registry) {
      std::string ids;
      for (const JobId id : ids_of(registry.children_of_caller())) ids += std::to_string(id) + " ";
      os::write_all(output, ids);
    });
    return 0;
  });
  CHECK(shell_like.read_output() == "3 4 5 ");
  CHECK(shell_like.wait() == ExitStatus::exited(0));
  CHECK(ids_of(jobs.registry.children_of_caller()) == std::vector<JobId>{outer});
}

TEST_CASE("the children of a caller inside a job are that job's") {
  Jobs jobs;
  const JobId outer = staying_outer(jobs);
  (void)jobs.registry.create(quick());
  const JobId inner = started_inside(jobs, outer, quick());
  CHECK(inside(jobs, outer, [](Registry& registry) {
          std::string ids;
          for (const JobId id : ids_of(registry.children_of_caller())) ids += std::to_string(id) + " ";
          return ids;
        }) == std::to_string(inner) + " ");
}

TEST_CASE("descendants follow the jobs that they were started inside, each once") {
  Jobs jobs;
  const auto job_of = [&](const std::string& parent) {
    JobSpec spec = quick();
    spec.parent = parent;
    return jobs.registry.create(spec);
  };
  const JobId outer = staying_outer(jobs);
  const JobId other = job_of("");
  const JobId inner = started_inside(jobs, outer, jobs.staying());
  (void)jobs.reports.await("up");
  const JobId innermost = job_of("job:" + std::to_string(inner));
  const JobId second = job_of("job:" + std::to_string(outer));
  const auto family = [&](const std::vector<JobId>& ids) {
    std::vector<JobInfo> infos;
    for (const JobId id : ids) infos.push_back(jobs.registry.info(id));
    return ids_of(jobs.registry.with_descendants(infos));
  };
  CHECK(family({outer}) == std::vector<JobId>{outer, inner, second, innermost});
  CHECK(family({inner, outer, inner}) == std::vector<JobId>{inner, outer, innermost, second});
  CHECK(family({other}) == std::vector<JobId>{other});
  CHECK(family({}).empty());
}

TEST_CASE("run waits for the jobs that were started inside it, and then returns its target's status") {
  for (const StartMethod method : all_methods) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    Run run(jobs);
    const JobId inner = started_inside(jobs, 1, jobs.staying({}, method));
    const Reported target = jobs.reports.await("up");
    run.gate.open();
    CHECK(jobs.registry.join(1)->exit_status == ExitStatus::exited(3));
    CHECK_FALSE(run.has_returned());
    CHECK_FALSE(target.is_gone());
    jobs.hold.open();
    CHECK(run.runner.read_output() == "3");
    CHECK(target.is_gone());
    CHECK(jobs.registry.info(inner).exit_status == ExitStatus::exited(0));
  }
}

TEST_CASE("run sees its daemonic jobs ended before it waits for the others") {
  Jobs jobs;
  Run run(jobs);
  JobSpec spec = jobs.staying({"answer", "15", jobs.reports.path(), "not yet"});
  spec.daemon = true;
  spec.grace = 24h;
  const JobId daemon = started_inside(jobs, 1, spec);
  (void)jobs.reports.await("up");
  const JobId other = started_inside(jobs, 1, quick());
  (void)jobs.registry.join(other);
  run.gate.open();
  (void)jobs.reports.await("not yet");
  CHECK_FALSE(run.has_returned());
  CHECK(jobs.registry.info(daemon).state == JobState::stopping);
  CHECK(jobs.registry.kill({daemon}).empty());
  CHECK(run.runner.read_output() == "3");
  CHECK(jobs.registry.info(daemon).reason == "parent ended");
}

TEST_CASE("run ends its daemonic jobs, and waits for the others as long as they like") {
  Jobs jobs;
  Run run(jobs);
  JobSpec spec = jobs.staying();
  spec.daemon = true;
  const JobId daemon = started_inside(jobs, 1, spec);
  (void)jobs.reports.await("up");
  const JobId other = started_inside(jobs, 1, jobs.staying());
  const Reported target = jobs.reports.await("up");
  run.gate.open();
  CHECK(jobs.registry.join(daemon)->reason == "parent ended");
  CHECK_FALSE(run.has_returned());
  CHECK_FALSE(target.is_gone());
  jobs.hold.open();
  CHECK(run.runner.read_output() == "3");
  CHECK(jobs.registry.info(other).exit_status == ExitStatus::exited(0));
}

TEST_CASE("run also waits for jobs that are started inside it while it waits") {
  Jobs jobs;
  Run run(jobs);
  Hold second_gate(jobs.temp.outside(), "second");
  const JobId first = started_inside(jobs, 1, jobs.staying());
  (void)jobs.reports.await("up");
  run.gate.open();
  (void)jobs.registry.join(1);
  JobSpec spec = probe_job({"say", jobs.reports.path(), "second", "hold", second_gate.path()});
  const JobId second = started_inside(jobs, 1, spec);
  const Reported target = jobs.reports.await("second");
  jobs.hold.open();
  (void)jobs.registry.join(first);
  CHECK_FALSE(run.has_returned());
  second_gate.open();
  CHECK(run.runner.read_output() == "3");
  CHECK(target.is_gone());
  CHECK(jobs.registry.info(second).exit_status == ExitStatus::exited(0));
}

TEST_CASE("a signal that asks to end, while run waits for others, ends the waiting and is the status") {
  Jobs jobs;
  Run run(jobs);
  const JobId inner = started_inside(jobs, 1, jobs.staying());
  const Reported target = jobs.reports.await("up");
  run.gate.open();
  (void)jobs.registry.join(1);
  SUBCASE("SIGTERM, after one that asks for nothing") {
    REQUIRE(::kill(run.runner.pid(), SIGUSR1) == 0);
    REQUIRE(::kill(run.runner.pid(), SIGTERM) == 0);
    CHECK(run.runner.read_output() == "-15");
  }
  SUBCASE("SIGINT") {
    REQUIRE(::kill(run.runner.pid(), SIGINT) == 0);
    CHECK(run.runner.read_output() == "-2");
  }
  CHECK(run.runner.wait() == ExitStatus::exited(0));
  CHECK_FALSE(target.is_gone());
  CHECK(jobs.registry.info(inner).state == JobState::running);
  CHECK(jobs.registry.info(1).exit_status == ExitStatus::exited(3));
}

TEST_CASE("a job that was started inside another survives its end, unless it is daemonic") {
  if (!std::getenv("BROOD")) return;
  for (const char* method : {"fork", "spawn", "forkserver"}) {
    CAPTURE(method);
    Jobs jobs;
    const std::string inner = std::string("$BROOD start --method ") + method;
    const std::string stay = " -- $PROBE say $REPORTS ";
    CHECK(shell(jobs, "$BROOD start --method " + std::string(method) + " -- /bin/sh -c '" + inner +
                          " --name plain" + stay + "plain hold $HOLD; " + inner + " --daemon --name tied" +
                          stay + "tied hold $HOLD; exec $PROBE say $REPORTS outer hold $HOLD'") == "1\n");
    const Reported outer = jobs.reports.await("outer"), plain = jobs.reports.await("plain"),
                   tied = jobs.reports.await("tied");
    CHECK(contents_of(jobs.registry.info(1).stdout_log) == "2\n3\n");
    CHECK(jobs.registry.info(2).parent.job == 1);
    SUBCASE("by terminate") { CHECK(shell(jobs, "$BROOD terminate 1") == ""); }
    SUBCASE("by kill") { CHECK(shell(jobs, "$BROOD kill 1") == ""); }
    CHECK(outer.is_gone());
    CHECK(jobs.registry.join(3)->reason == "parent ended");
    CHECK(tied.is_gone());
    CHECK_FALSE(plain.is_gone());
    CHECK(jobs.registry.info(2).state == JobState::running);
    CHECK(shell(jobs, "$BROOD terminate 2") == "");
    CHECK(plain.is_gone());
  }
}

TEST_CASE("a daemonic job that calls brood start is refused") {
  if (!std::getenv("BROOD")) return;
  Jobs jobs;
  Stayer parent(jobs);
  CHECK(shell(jobs, "$BROOD start --daemon --parent " + std::to_string(parent.pid()) +
                        " -- /bin/sh -c '$BROOD start -- true; echo $?; $BROOD run -- true; echo $?'") ==
        "1\n");
  const std::string log = contents_of(jobs.registry.join(1)->stdout_log);
  CHECK(log.find("125\n") != std::string::npos);
  CHECK(log.find("a daemon may have no children") != std::string::npos);
  CHECK(jobs.registry.list().size() == 1);
}
