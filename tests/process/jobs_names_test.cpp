// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <set>
#include <sstream>

#include "jobs/monitor_link.hpp"
#include "support/child.hpp"
#include "support/jobs.hpp"

using namespace brood;
using namespace brood::test;

namespace {

JobSpec named(JobSpec spec, const std::string& name) {
  spec.name = name;
  return spec;
}

struct Start {
  JobId id = 0;
  std::string problem;
};

// Eight processes that start a job of the same name at the same moment.
std::vector<Start> start_eight(Jobs& jobs, const JobSpec& spec, NameRule rule) {
  Pipe gate = make_pipe();
  std::vector<Child> starters;
  for (int i = 0; i < 8; ++i)
    starters.emplace_back([&](int output) {
      gate.write.reset();
      (void)read_to_end(gate.read.get());
      std::string line;
      try {
        line = std::to_string(Registry(jobs.temp.path()).start(spec, rule));
      } catch (const Error& problem) {
        line = "0 " + error_code_name(problem.code());
      }
      os::write_all(output, line);
      return 0;
    });
  gate.write.reset();
  std::vector<Start> starts;
  for (auto& starter : starters) {
    std::istringstream line(starter.read_output());
    Start start;
    line >> start.id >> start.problem;
    starts.push_back(start);
    CHECK(starter.wait() == ExitStatus::exited(0));
  }
  return starts;
}

std::vector<JobId> live(Jobs& jobs) {
  std::vector<JobId> ids;
  for (const auto& info : jobs.registry.list())
    if (is_live(info.state)) ids.push_back(info.id);
  return ids;
}

}  // namespace

TEST_CASE("names are labels: several jobs may bear the same") {
  Jobs jobs;
  const JobId first = jobs.registry.start(named(jobs.staying(), "web"));
  const JobId second = jobs.registry.start(named(jobs.staying(), "web"));
  CHECK(first != second);
  const Error failure = failure_of([&] { jobs.registry.find("web"); });
  CHECK(failure.code() == Errc::ambiguous_job);
  CHECK(failure.doing() == "find job 'web': it is 1, 2");
  CHECK(jobs.registry.find("web", Matching::all).size() == 2);
  CHECK(jobs.registry.terminate({first, second}).empty());
}

TEST_CASE("a name means the live job that bears it, else the newest") {
  Jobs jobs;
  const JobId old = jobs.registry.start(named(jobs.staying(), "web"));
  const JobId ended = jobs.run_to_end(named(probe_job({"exit", "0"}), "web")).id;
  CHECK(ended > old);
  CHECK(jobs.registry.find("web").at(0).id == old);
  CHECK(jobs.registry.terminate({old}).empty());
  CHECK(jobs.registry.find("web").at(0).id == ended);
}

TEST_CASE("digits are always an id") {
  Jobs jobs;
  const JobId id = jobs.run_to_end(named(probe_job({"exit", "0"}), "web")).id;
  CHECK(jobs.registry.find(std::to_string(id)).at(0).name == "web");
  CHECK(jobs.registry.find("00001").at(0).id == 1);
  for (const std::string reference : {"2", "0", "99999999999999999999", "nothing", "", "-1", "a/b", "web "}) {
    CAPTURE(reference);
    CHECK(failure_of([&] { jobs.registry.find(reference); }).code() == Errc::no_such_job);
  }
}

TEST_CASE("outside a job there is no @self and no @parent") {
  Jobs jobs;
  CHECK(failure_of([&] { jobs.registry.find("@self"); }).code() == Errc::not_inside_job);
  CHECK(failure_of([&] { jobs.registry.find("@parent"); }).code() == Errc::not_inside_job);
}

TEST_CASE("unique refuses a name that a live job bears, and only then") {
  Jobs jobs;
  const JobId first = jobs.registry.start(named(jobs.staying(), "web"), NameRule::unique);
  CHECK(failure_of([&] { jobs.registry.start(named(jobs.staying(), "web"), NameRule::unique); }).code() ==
        Errc::name_in_use);
  CHECK(jobs.registry.list().size() == 1);
  const JobId other = jobs.registry.start(named(jobs.staying(), "db"), NameRule::unique);
  CHECK(jobs.registry.terminate({first}).empty());
  const JobId second = jobs.registry.start(named(jobs.staying(), "web"), NameRule::unique);
  CHECK(jobs.registry.terminate({second, other}).empty());
}

TEST_CASE("reuse answers with the live job that bears the name, else starts one") {
  Jobs jobs;
  const JobId first = jobs.registry.start(named(jobs.staying(), "web"), NameRule::reuse);
  CHECK(jobs.registry.start(named(jobs.staying(), "web"), NameRule::reuse) == first);
  CHECK(jobs.registry.list().size() == 1);
  CHECK(jobs.registry.terminate({first}).empty());
  const JobId second = jobs.registry.start(named(jobs.staying(), "web"), NameRule::reuse);
  CHECK(second != first);
  CHECK(jobs.registry.terminate({second}).empty());
}

TEST_CASE("replace ends the live job that bears the name before it starts the new one") {
  Jobs jobs;
  const JobId first = jobs.registry.start(named(jobs.staying(), "web"));
  const Reported target = jobs.reports.await("up");
  const JobId second = jobs.registry.start(named(jobs.staying(), "web"), NameRule::replace);
  CHECK(target.is_gone());
  CHECK(jobs.registry.info(first).state == JobState::exited);
  CHECK(jobs.registry.find("web").at(0).id == second);
  CHECK(jobs.registry.terminate({second}).empty());
}

TEST_CASE("a failed start gives its name back") {
  Jobs jobs;
  JobSpec missing;
  missing.target = {"/nonexistent/program"};
  missing.name = "web";
  CHECK(failure_of([&] { jobs.registry.start(missing, NameRule::unique); }).exit_status() == 127);
  const JobId id = jobs.registry.start(named(jobs.staying(), "web"), NameRule::unique);
  CHECK(jobs.registry.terminate({id}).empty());
}

TEST_CASE("of eight that start a unique name at once one does, and the others are refused") {
  Jobs jobs;
  int refused = 0;
  for (const Start& start : start_eight(jobs, named(jobs.staying(), "web"), NameRule::unique))
    refused += start.problem == "name_in_use";
  CHECK(refused == 7);
  CHECK(live(jobs).size() == 1);
  CHECK(jobs.registry.list().size() == 1);
  CHECK(jobs.registry.terminate(live(jobs)).empty());
}

TEST_CASE("eight that reuse a name at once all get the same job") {
  Jobs jobs;
  std::set<JobId> ids;
  for (const Start& start : start_eight(jobs, named(jobs.staying(), "web"), NameRule::reuse))
    ids.insert(start.id);
  CHECK(ids.size() == 1);
  CHECK(ids.count(0) == 0);
  CHECK(live(jobs).size() == 1);
  CHECK(jobs.registry.terminate(live(jobs)).empty());
}

TEST_CASE("of eight that replace a name at once the last one's job lives, and all had one") {
  Jobs jobs;
  std::set<JobId> ids;
  for (const Start& start : start_eight(jobs, named(jobs.staying(), "web"), NameRule::replace))
    ids.insert(start.id);
  CHECK(ids.size() == 8);
  CHECK(ids.count(0) == 0);
  CHECK(live(jobs).size() == 1);
  CHECK(jobs.registry.terminate(live(jobs)).empty());
}

TEST_CASE("jobs that are the first in their state directory, started at once, are all found by name") {
  for (int round = 0; round < 10; ++round) {
    Jobs jobs;
    Pipe gate = make_pipe();
    std::vector<Child> starters;
    for (int i = 0; i < 8; ++i)
      starters.emplace_back([&, i](int) {
        gate.write.reset();
        (void)read_to_end(gate.read.get());
        (void)Registry(jobs.temp.path()).create(named(probe_job({"exit", "0"}), "job-" + std::to_string(i)));
        return 0;
      });
    gate.write.reset();
    for (auto& starter : starters) CHECK(starter.wait() == ExitStatus::exited(0));
    for (int i = 0; i < 8; ++i) CHECK_NOTHROW(jobs.registry.find("job-" + std::to_string(i)));
  }
}

TEST_CASE("a name that no job may bear is refused by the monitor, too") {
  Jobs jobs;
  const JobId id = jobs.registry.start(jobs.staying());
  (void)jobs.reports.await("up");
  const auto state = store::StateDir::find(jobs.temp.path());
  const auto job = brood::jobs::need_job(*state, id);
  const brood::jobs::Keys keys{&*state, {}};
  for (const std::string& name :
       {std::string(), std::string("a/b"), std::string("\xff\xfe"), std::string(256, 'x')}) {
    auto client = brood::jobs::connect_to_monitor(job, keys, os::steady_now() + watchdog);
    client->send({control::Kind::rename, Scope::tree, {}, 0, name});
    CHECK(client->answer()->kind == control::Kind::accepted);
    CHECK(client->answer()->code == Errc::bad_name);
  }
  CHECK(jobs.registry.info(id).name == "brood_probe");
  jobs.hold.open();
}
