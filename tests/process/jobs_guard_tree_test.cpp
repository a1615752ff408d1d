// SPDX-License-Identifier: MIT
// What belongs to a job whose monitor was killed: its descendants are the server's children then, beside those of others.
#include <doctest/doctest.h>

#include <csignal>

#include "support/child.hpp"
#include "support/guard.hpp"

using namespace brood;
using namespace brood::test;
using namespace std::chrono_literals;

namespace {

// A target with a child in another session, and a daemon that has lost all its parents.
JobSpec with_family(const Jobs& jobs, const std::string& name, const Words& first = {},
                    const Words& after = {}) {
  const auto member = [&](const std::string& role, bool leaves) {
    Words words = first;
    if (leaves) words.push_back("setsid");
    for (const auto& word : Words{"say", jobs.reports.path(), name + " " + role, "hold", jobs.hold.path()})
      words.push_back(word);
    return words;
  };
  Words script{"fork", "["};
  const auto add = [&](const Words& words) { script.insert(script.end(), words.begin(), words.end()); };
  add(member("child", true));
  add({"]", "daemonize", "["});
  add(member("daemon", false));
  add({"]"});
  add(member("target", false));
  add(after);
  JobSpec spec = probe_job(script);
  spec.method = StartMethod::forkserver;
  return spec;
}

struct Family {
  Family(Jobs& jobs, const std::string& name) {
    for (const char* role : {" target", " child", " daemon"})
      members.push_back(jobs.reports.await(name + role));
  }
  int gone() const {
    int count = 0;
    for (const auto& member : members) count += member.is_gone();
    return count;
  }
  std::vector<Reported> members;
};

// Its target ends as soon as the orphan that it leaves is there.
JobSpec leaving(const Jobs& jobs, OrphanPolicy policy, const Words& before = {}) {
  Words script{"daemonize", "["};
  script.insert(script.end(), before.begin(), before.end());
  for (const auto& word :
       Words{"say", jobs.reports.path(), "orphan", "hold", jobs.hold.path(), "]", "say", jobs.reports.path(),
             "up", "hold", jobs.temp.outside() / "target", "exit", "3"})
    script.push_back(word);
  JobSpec spec = probe_job(script);
  spec.method = StartMethod::forkserver;
  spec.orphans = policy;
  return spec;
}

}  // namespace

TEST_CASE("the whole tree of a job without a monitor is terminated") {
  Jobs jobs;
  const JobId id = jobs.registry.start(with_family(jobs, "job"));
  const Family family(jobs, "job");
  (void)lose_monitor(jobs, id);
  CHECK(family.gone() == 0);
  REQUIRE(jobs.registry.terminate({id}).empty());
  CHECK(family.gone() == 3);
  CHECK(jobs.registry.info(id).orphans == 0);
}

TEST_CASE("the whole tree of a job without a monitor is killed, also what is deaf") {
  Jobs jobs;
  const JobId id = jobs.registry.start(with_family(jobs, "job", {"ignore", "15"}));
  const Family family(jobs, "job");
  (void)lose_monitor(jobs, id);
  SUBCASE("by terminate") { CHECK(jobs.registry.terminate({id}, 0ms).empty()); }
  SUBCASE("by kill") { REQUIRE(jobs.registry.kill({id}).empty()); }
  CHECK(family.gone() == 3);
  CHECK(jobs.registry.info(id).exit_status == ExitStatus::signalled(SIGKILL, false));
}

TEST_CASE("jobs without monitors are told from each other, and from jobs that have theirs") {
  Jobs jobs;
  const JobId first = jobs.registry.start(with_family(jobs, "first"));
  const JobId second = jobs.registry.start(with_family(jobs, "second"));
  const JobId third = jobs.registry.start(with_family(jobs, "third"));
  const Family of_first(jobs, "first"), of_second(jobs, "second"), of_third(jobs, "third");
  (void)lose_monitor(jobs, first);
  (void)lose_monitor(jobs, second);
  CHECK(jobs.registry.fork_server().adopted == 2);
  CHECK(jobs.registry.terminate({second}).empty());
  CHECK(of_first.gone() == 0);
  CHECK(of_second.gone() == 3);
  CHECK(of_third.gone() == 0);
  CHECK(jobs.registry.info(first).state == JobState::running);
  CHECK(jobs.registry.terminate({third}).empty());
  CHECK(of_first.gone() == 0);
  CHECK(of_third.gone() == 3);
  CHECK(jobs.registry.kill({first}).empty());
  CHECK(of_first.gone() == 3);
}

TEST_CASE("terminating the target alone of a job without a monitor leaves the rest, which is counted") {
  Jobs jobs;
  const JobId id = jobs.registry.start(with_family(jobs, "job"));
  const JobId other = jobs.registry.start(with_family(jobs, "other"));
  const Family family(jobs, "job"), of_other(jobs, "other");
  (void)lose_monitor(jobs, id);
  (void)lose_monitor(jobs, other);
  CHECK(jobs.registry.terminate({id}, {}, Scope::target_only).empty());
  CHECK(family.gone() == 1);
  const JobInfo info = jobs.await(id, [](const JobInfo& now) { return now.orphans == 2; });
  CHECK(info.state == JobState::exited);
  REQUIRE(jobs.registry.terminate({id}).empty());
  CHECK(family.gone() == 3);
  CHECK(of_other.gone() == 0);
  CHECK(jobs.await(id, [](const JobInfo& now) { return now.orphans == 0; }).exit_status ==
        ExitStatus::signalled(SIGTERM, false));
}

TEST_CASE("what the target of a job without a monitor leaves behind is treated by the policy") {
  Jobs jobs;
  Hold target(jobs.temp.outside(), "target");
  const auto start = [&](OrphanPolicy policy) {
    const JobId id = jobs.registry.start(leaving(jobs, policy));
    (void)jobs.reports.await("up");
    (void)lose_monitor(jobs, id);
    return id;
  };
  SUBCASE("leave") {
    const JobId id = start(OrphanPolicy::leave);
    const Reported orphan = jobs.reports.await("orphan");
    target.open();
    CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(3));
    CHECK(jobs.await(id, [](const JobInfo& info) { return info.orphans == 1; }).state == JobState::exited);
    CHECK_FALSE(orphan.is_gone());
    REQUIRE(jobs.registry.kill({id}).empty());
    CHECK(orphan.is_gone());
  }
  SUBCASE("wait") {
    const JobId id = start(OrphanPolicy::wait);
    const Reported orphan = jobs.reports.await("orphan");
    target.open();
    CHECK(jobs.await(id, [](const JobInfo& info) { return info.orphans == 1; }).state == JobState::running);
    CHECK_FALSE(jobs.registry.join(id, 0ms).has_value());
    jobs.hold.open();
    CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(3));
    CHECK(orphan.is_gone());
  }
  SUBCASE("terminate") {
    const JobId id = start(OrphanPolicy::terminate);
    const Reported orphan = jobs.reports.await("orphan");
    target.open();
    CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(3));
    orphan.await_end();
  }
}

TEST_CASE("a monitor that is killed while it waits for the orphans of its job loses nothing") {
  Jobs jobs;
  Hold target(jobs.temp.outside(), "target");
  const JobId id = jobs.registry.start(leaving(jobs, OrphanPolicy::wait));
  const Reported orphan = jobs.reports.await("orphan");
  target.open();
  (void)jobs.await(id, [](const JobInfo& info) { return info.orphans == 1; });
  CHECK(lose_monitor(jobs, id).state == JobState::running);
  SUBCASE("they end by themselves") { jobs.hold.open(); }
  SUBCASE("they are terminated") { REQUIRE(jobs.registry.terminate({id}).empty()); }
  const JobInfo info = *jobs.registry.join(id);
  CHECK(info.state == JobState::exited);
  CHECK(info.exit_status == ExitStatus::exited(3));
  CHECK(info.orphans == 0);
  CHECK(orphan.is_gone());
}

TEST_CASE("a monitor that is killed while it ends the orphans that its job waits for loses nothing") {
  Jobs jobs;
  Hold target(jobs.temp.outside(), "target");
  JobSpec spec = leaving(jobs, OrphanPolicy::wait, {"answer", "15", jobs.reports.path(), "not yet"});
  spec.grace = 24h;
  const JobId id = jobs.registry.start(spec);
  const Reported orphan = jobs.reports.await("orphan");
  target.open();
  (void)jobs.await(id, [](const JobInfo& info) { return info.orphans == 1; });
  Child patient([&](int) {
    jobs.hold.open();
    return Registry(jobs.temp.path()).terminate({id}).empty() ? 0 : 1;
  });
  (void)jobs.reports.await("not yet");
  CHECK(lose_monitor(jobs, id).state == JobState::stopping);
  CHECK_FALSE(orphan.is_gone());
  REQUIRE(jobs.registry.kill({id}).empty());
  CHECK(orphan.is_gone());
  CHECK(patient.wait() == ExitStatus::exited(0));
  CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(3));
}

TEST_CASE(
    "under a guard, too, a job is over with its target for those who wait already, whatever it leaves") {
  Jobs jobs;
  Hold target(jobs.temp.outside(), "target");
  const JobId id = jobs.registry.start(leaving(jobs, OrphanPolicy::leave));
  const Reported orphan = jobs.reports.await("orphan");
  (void)jobs.reports.await("up");
  Child waiting = waiter(jobs, id);
  target.open();
  CHECK(waiting.read_output() == "3");
  CHECK_FALSE(orphan.is_gone());
  CHECK(jobs.await(id, [](const JobInfo& info) { return info.orphans == 1; }).state == JobState::exited);
  CHECK(contents_of(jobs.registry.info(id).sentinel) == "");
}

TEST_CASE("a monitor that is killed while orphans of the ended job live has a successor, who can end them") {
  Jobs jobs;
  Hold target(jobs.temp.outside(), "target");
  const JobId id = jobs.registry.start(leaving(jobs, OrphanPolicy::leave));
  const Reported orphan = jobs.reports.await("orphan");
  target.open();
  const JobInfo before = jobs.await(id, [](const JobInfo& info) { return info.orphans == 1; });
  SUBCASE("when it is asked to") {
    CHECK(lose_monitor(jobs, id).orphans == 1);
    REQUIRE(jobs.registry.kill({id}).empty());
    CHECK(orphan.is_gone());
  }
  SUBCASE("when they end by themselves") {
    (void)lose_monitor(jobs, id);
    jobs.hold.open();
    orphan.await_end();
  }
  const JobInfo after = jobs.await(id, [](const JobInfo& info) { return info.orphans == 0; });
  CHECK(after.state == JobState::exited);
  CHECK(after.exit_status == ExitStatus::exited(3));
  CHECK(after.ended_at == before.ended_at);
  CHECK(await_server_jobs(jobs.registry, 0).adopted == 0);
}
