// SPDX-License-Identifier: MIT
// close and rename.
#include <doctest/doctest.h>
#include <unistd.h>

#include "support/jobs.hpp"

using namespace brood;
using namespace brood::test;
using namespace std::chrono_literals;

TEST_CASE("a job that runs is not closed") {
  Jobs jobs;
  const JobId id = jobs.registry.start(jobs.staying());
  CHECK(failure_of([&] { jobs.registry.close(id); }).code() == Errc::still_running);
  CHECK(jobs.registry.info(id).state == JobState::running);
  jobs.hold.open();
  CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(0));
}

TEST_CASE("a job that is over is closed, and nothing of it is left") {
  Jobs jobs;
  const JobId id = jobs.run_to_end(probe_job({"print", "something"})).id;
  jobs.registry.close(id);
  CHECK(jobs.files().empty());
  CHECK(failure_of([&] { jobs.registry.info(id); }).code() == Errc::no_such_job);
  CHECK(failure_of([&] { jobs.registry.close(id); }).code() == Errc::no_such_job);
}

TEST_CASE("the id of a closed job is not given again") {
  Jobs jobs;
  const JobId id = jobs.run_to_end(probe_job({"exit", "0"})).id;
  jobs.registry.close(id);
  CHECK(jobs.run_to_end(probe_job({"exit", "0"})).id == id + 1);
}

TEST_CASE("all ended jobs are closed at once, and no others") {
  Jobs jobs;
  for (int i = 0; i < 3; ++i) (void)jobs.run_to_end(probe_job({"exit", "0"}));
  const JobId created = jobs.registry.create(probe_job({"exit", "0"}));
  const JobId running = jobs.registry.start(jobs.staying());
  CHECK(jobs.registry.close_ended(1h) == 0);
  CHECK(jobs.registry.close_ended() == 3);
  CHECK(jobs.registry.close_ended() == 0);
  REQUIRE(jobs.registry.list().size() == 2);
  CHECK(jobs.registry.info(created).state == JobState::created);
  CHECK(jobs.registry.info(running).state == JobState::running);
  jobs.hold.open();
  (void)jobs.registry.join(running);
}

TEST_CASE("a job whose orphans live is not closed") {
  Jobs jobs;
  const JobId id = jobs.registry.start(probe_job(
      {"fork", "[", "say", jobs.reports.path(), "orphan", "hold", jobs.hold.path(), "]", "exit", "0"}));
  const Reported orphan = jobs.reports.await("orphan");
  CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(0));
  (void)jobs.await(id, [](const JobInfo& info) { return info.orphans == 1; });
  CHECK(failure_of([&] { jobs.registry.close(id); }).code() == Errc::orphans_alive);
  CHECK(jobs.registry.close_ended() == 0);
  CHECK(jobs.registry.terminate({id}).empty());
  CHECK(orphan.is_gone());
  (void)jobs.await(id, [](const JobInfo& info) { return info.orphans == 0; });
  jobs.registry.close(id);
  CHECK(jobs.files().empty());
}

TEST_CASE("a job with a damaged record harms no other, is shown, and can be closed") {
  Jobs jobs;
  const JobId good = jobs.run_to_end(probe_job({"exit", "0"})).id;
  const JobId bad = jobs.run_to_end(probe_job({"exit", "0"})).id;
  REQUIRE(::truncate((jobs.temp / ("jobs/" + std::to_string(bad) + "/job.json")).c_str(), 100) == 0);
  CHECK(jobs.registry.info(good).state == JobState::exited);
  CHECK(jobs.registry.info(bad).state == JobState::damaged);
  CHECK(jobs.registry.info(bad).id == bad);
  CHECK(jobs.registry.info(bad).problem != "");
  CHECK(jobs.registry.list().size() == 2);
  CHECK(failure_of([&] { jobs.registry.join(bad); }).code() == Errc::record_damaged);
  CHECK(jobs.registry.terminate({bad}).at(0).error.code() == Errc::record_damaged);
  CHECK(failure_of([&] { jobs.registry.rename(bad, "x"); }).code() == Errc::record_damaged);
  jobs.registry.close(bad);
  CHECK(jobs.registry.list().size() == 1);
}

TEST_CASE("a running job is renamed, and runs on under the new name") {
  Jobs jobs;
  JobSpec spec = jobs.staying();
  spec.name = "old";
  const JobId id = jobs.registry.start(spec);
  jobs.registry.rename(id, "n\u00e9w");
  CHECK(jobs.registry.info(id).name == "n\u00e9w");
  CHECK(jobs.registry.find("n\u00e9w").at(0).state == JobState::running);
  CHECK(failure_of([&] { jobs.registry.find("old"); }).code() == Errc::no_such_job);
  jobs.hold.open();
  CHECK(jobs.registry.join(id)->name == "n\u00e9w");
}

TEST_CASE("an ended job is renamed, and nothing else of it changes") {
  Jobs jobs;
  const JobInfo before = jobs.run_to_end(probe_job({"exit", "3"}));
  jobs.registry.rename(before.id, "renamed");
  const JobInfo after = jobs.registry.info(before.id);
  CHECK(after.name == "renamed");
  CHECK(after.exit_status == ExitStatus::exited(3));
  CHECK(after.ended_at == before.ended_at);
  CHECK(after.target == before.target);
}

TEST_CASE("no job gets a name that it must not bear") {
  Jobs jobs;
  const JobId id = jobs.run_to_end(probe_job({"exit", "0"})).id;
  for (const std::string name : {"", "12", "a/b", "@x", "-x", "a\nb"}) {
    CAPTURE(name);
    CHECK(failure_of([&] { jobs.registry.rename(id, name); }).code() == Errc::bad_name);
  }
  CHECK(jobs.registry.info(id).name == "brood_probe");
  CHECK(failure_of([&] { jobs.registry.rename(99, "x"); }).code() == Errc::no_such_job);
}

TEST_CASE("looking makes no state directory") {
  Jobs jobs;
  CHECK(jobs.registry.list().empty());
  CHECK(jobs.registry.close_ended() == 0);
  CHECK(failure_of([&] { jobs.registry.info(1); }).code() == Errc::no_such_job);
  CHECK(failure_of([&] { jobs.registry.find("x"); }).code() == Errc::no_such_job);
  CHECK_FALSE(os::status_at(os::current_directory(), jobs.temp.path()).has_value());
}
