// SPDX-License-Identifier: MIT
// terminate, kill and signal. When they return, what they were to end is gone: that is looked at, not waited for.
#include <doctest/doctest.h>
#include <sys/wait.h>

#include <csignal>

#include "support/child.hpp"
#include "support/jobs.hpp"

using namespace brood;
using namespace brood::test;
using namespace std::chrono_literals;

namespace {

// A target with a child, a child in a session of its own, a grandchild and a daemon that has lost all its parents.
struct Family {
  explicit Family(Jobs& jobs, const Words& first = {}) {
    const auto member = [&](const std::string& name, const Words& before) {
      Words words = first;
      words.insert(words.end(), before.begin(), before.end());
      for (const auto& word : Words{"say", jobs.reports.path(), name, "hold", jobs.hold.path()})
        words.push_back(word);
      return words;
    };
    const auto block = [](const std::string& verb, const Words& inside) {
      Words words{verb, "["};
      words.insert(words.end(), inside.begin(), inside.end());
      words.push_back("]");
      return words;
    };
    Words script;
    const auto add = [&](const Words& words) { script.insert(script.end(), words.begin(), words.end()); };
    add(block("fork", member("child", {})));
    add(block("fork", member("loner", {"setsid"})));
    add(block("fork", member("between", block("fork", member("grandchild", {"setsid"})))));
    add(block("daemonize", member("daemon", {})));
    add(member("target", {}));
    spec = probe_job(script);
  }
  void await(Jobs& jobs) {
    for (const char* name : {"child", "loner", "between", "grandchild", "daemon", "target"})
      members.push_back(jobs.reports.await(name));
  }
  int gone() const {
    int count = 0;
    for (const auto& member : members) count += member.is_gone();
    return count;
  }

  JobSpec spec;
  std::vector<Reported> members;
};

}  // namespace

TEST_CASE("terminate ends a job with its stop signal") {
  Jobs jobs;
  const JobId id = jobs.registry.start(jobs.staying());
  const Reported target = jobs.reports.await("up");
  CHECK(jobs.registry.terminate({id}).empty());
  CHECK(target.is_gone());
  const JobInfo info = jobs.registry.info(id);
  CHECK(info.state == JobState::exited);
  CHECK(info.exit_status == ExitStatus::signalled(SIGTERM, false));
}

TEST_CASE("the stop signal can be another one, and what the target makes of it counts") {
  Jobs jobs;
  JobSpec spec = jobs.staying({"end-on", "10", jobs.reports.path(), "bye"});
  spec.stop_signal = SIGUSR1;
  const JobId id = jobs.registry.start(spec);
  (void)jobs.reports.await("up");
  CHECK(jobs.registry.terminate({id}).empty());
  CHECK(jobs.reports.heard("bye"));
  CHECK(jobs.registry.info(id).exit_status == ExitStatus::exited(0));
}

TEST_CASE("terminate reaches the whole tree: other sessions, grandchildren and daemons") {
  Jobs jobs;
  Family family(jobs);
  const JobId id = jobs.registry.start(family.spec);
  family.await(jobs);
  CHECK(family.gone() == 0);
  CHECK(jobs.registry.terminate({id}).empty());
  CHECK(family.gone() == 6);
  CHECK(jobs.registry.info(id).orphans == 0);
}

TEST_CASE("terminate kills what is deaf to it, wherever in the tree, when the grace is over") {
  Jobs jobs;
  Family family(jobs, {"ignore", "15"});
  const JobId id = jobs.registry.start(family.spec);
  family.await(jobs);
  CHECK(jobs.registry.terminate({id}, 0ms).empty());
  CHECK(family.gone() == 6);
  CHECK(jobs.registry.info(id).exit_status == ExitStatus::signalled(SIGKILL, false));
}

TEST_CASE("kill reaches the whole tree") {
  Jobs jobs;
  Family family(jobs, {"ignore", "15"});
  const JobId id = jobs.registry.start(family.spec);
  family.await(jobs);
  CHECK(jobs.registry.kill({id}).empty());
  CHECK(family.gone() == 6);
  CHECK(jobs.registry.info(id).exit_status == ExitStatus::signalled(SIGKILL, false));
}

TEST_CASE("a stopped job can be terminated without waiting for its grace") {
  Jobs jobs;
  JobSpec spec = jobs.staying({"end-on", "15", jobs.reports.path(), "bye"});
  spec.grace = 24h;
  const JobId id = jobs.registry.start(spec);
  const Reported target = jobs.reports.await("up");
  ::kill(target.pid(), SIGSTOP);
  CHECK(jobs.registry.terminate({id}).empty());
  CHECK(jobs.registry.info(id).exit_status == ExitStatus::exited(0));
}

TEST_CASE("terminating the target alone leaves its children as orphans, which are counted and can be ended") {
  Jobs jobs;
  Family family(jobs);
  const JobId id = jobs.registry.start(family.spec);
  family.await(jobs);
  CHECK(jobs.registry.terminate({id}, {}, Scope::target_only).empty());
  CHECK(family.members.back().is_gone());
  CHECK(family.gone() == 1);
  const JobInfo info = jobs.await(id, [](const JobInfo& now) { return now.orphans == 5; });
  CHECK(info.state == JobState::exited);
  CHECK(info.exit_status == ExitStatus::signalled(SIGTERM, false));

  CHECK(jobs.registry.terminate({id}).empty());
  CHECK(family.gone() == 6);
  const JobInfo after = jobs.await(id, [](const JobInfo& now) { return now.orphans == 0; });
  CHECK(after.state == JobState::exited);
  CHECK(after.exit_status == ExitStatus::signalled(SIGTERM, false));
  CHECK(after.ended_at == info.ended_at);
}

TEST_CASE("killing the target alone leaves its children") {
  Jobs jobs;
  Family family(jobs);
  const JobId id = jobs.registry.start(family.spec);
  family.await(jobs);
  CHECK(jobs.registry.kill({id}, Scope::target_only).empty());
  CHECK(family.members.back().is_gone());
  CHECK(family.gone() == 1);
  CHECK(jobs.registry.kill({id}).empty());
  CHECK(family.gone() == 6);
  CHECK(jobs.registry.info(id).exit_status == ExitStatus::signalled(SIGKILL, false));
}

TEST_CASE("a kill overtakes a terminate that is still waiting") {
  Jobs jobs;
  const JobId id = jobs.registry.start(jobs.staying({"answer", "15", jobs.reports.path(), "not yet"}));
  const Reported target = jobs.reports.await("up");
  Child patient([&](int) { return Registry(jobs.temp.path()).terminate({id}, 24h).empty() ? 0 : 1; });
  (void)jobs.reports.await("not yet");
  CHECK(jobs.registry.kill({id}).empty());
  CHECK(target.is_gone());
  CHECK(patient.wait() == ExitStatus::exited(0));
  CHECK(jobs.registry.info(id).exit_status == ExitStatus::signalled(SIGKILL, false));
}

TEST_CASE("while it is being terminated a job is stopping, and nobody gets the stop signal twice") {
  Jobs jobs;
  const JobId id = jobs.registry.start(jobs.staying({"answer", "15", jobs.reports.path(), "not yet"}));
  (void)jobs.reports.await("up");
  Child patient([&](int) { return Registry(jobs.temp.path()).terminate({id}, 24h).empty() ? 0 : 1; });
  (void)jobs.reports.await("not yet");
  CHECK(jobs.registry.info(id).state == JobState::stopping);
  CHECK(jobs.registry.terminate({id}, 0ms).empty());
  CHECK_FALSE(jobs.reports.heard("not yet"));
  CHECK(patient.wait() == ExitStatus::exited(0));
}

TEST_CASE("a signal is only sent") {
  Jobs jobs;
  const JobId id = jobs.registry.start(jobs.staying({"answer", "10", jobs.reports.path(), "got it"}));
  (void)jobs.reports.await("up");
  jobs.registry.signal(id, SIGUSR1);
  (void)jobs.reports.await("got it");
  CHECK(jobs.registry.info(id).state == JobState::running);
  jobs.hold.open();
  CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(0));
}

TEST_CASE("terminating a job that is over changes nothing") {
  Jobs jobs;
  const JobInfo before = jobs.run_to_end(probe_job({"exit", "3"}));
  CHECK(jobs.registry.terminate({before.id}).empty());
  CHECK(jobs.registry.kill({before.id}).empty());
  const JobInfo after = jobs.registry.info(before.id);
  CHECK(after.state == JobState::exited);
  CHECK(after.exit_status == ExitStatus::exited(3));
  CHECK(after.ended_at == before.ended_at);
}

TEST_CASE("of several jobs each failure is told, and the others are ended") {
  Jobs jobs;
  const JobId first = jobs.registry.start(jobs.staying());
  const JobId second = jobs.registry.start(jobs.staying());
  const auto failures = jobs.registry.terminate({first, 99, second});
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].id == 99);
  CHECK(failures[0].error.code() == Errc::no_such_job);
  CHECK(jobs.registry.info(first).exit_status == ExitStatus::signalled(SIGTERM, false));
  CHECK(jobs.registry.info(second).exit_status == ExitStatus::signalled(SIGTERM, false));
}

TEST_CASE("a target that answers the stop signal with a child is ended with it") {
  Jobs jobs;
  // The shell's trap starts a process that would stay.
  JobSpec spec;
  const std::string stay =
      std::string(BROOD_PROBE) + " say " + jobs.reports.path() + " late hold " + jobs.hold.path();
  spec.target = {"/bin/sh", "-c",
                 "trap '" + stay + " & exit 0' TERM; " + BROOD_PROBE + " say " + jobs.reports.path() +
                     " up; " + "read _ < " + jobs.hold.path()};
  spec.grace = 0ms;
  const JobId id = jobs.registry.start(spec);
  (void)jobs.reports.await("up");
  CHECK(jobs.registry.terminate({id}).empty());
  CHECK(jobs.registry.info(id).orphans == 0);
  if (jobs.reports.heard("late")) CHECK(jobs.reports.await("late").is_gone());
}
