// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>

#include "support/child.hpp"
#include "support/failure.hpp"
#include "support/guard.hpp"
#include "support/jobs.hpp"

using namespace brood;
using namespace brood::test;
using namespace std::chrono_literals;
using Ids = std::vector<JobId>;

namespace {

// Three jobs, each with a hold of its own.
struct Three {
  Jobs jobs;
  Hold first{jobs.temp.outside(), "first"}, second{jobs.temp.outside(), "second"},
      third{jobs.temp.outside(), "third"};
  Ids ids{start(first), start(second), start(third)};

  JobId start(const Hold& hold) { return jobs.registry.start(probe_job({"hold", hold.path()})); }
  void open_all() {
    for (Hold* hold : {&first, &second, &third}) hold->open();
  }
};

}  // namespace

TEST_CASE("wait tells the first that is ready, and leaves the others") {
  Three three;
  three.second.open();
  Ids ready;
  WaitRule rule;
  rule.count = 1;
  CHECK(three.jobs.registry.wait(three.ids, rule, {[&](const JobInfo& info) { ready.push_back(info.id); }}));
  CHECK(ready == Ids{three.ids[1]});
  CHECK(three.jobs.registry.info(three.ids[0]).state == JobState::running);
  three.open_all();
  CHECK(three.jobs.registry.wait(three.ids, {}, {[](const JobInfo&) {}}));
}

TEST_CASE("wait tells jobs in the order in which they become ready") {
  Three three;
  Ids ready;
  const auto on_ready = [&](const JobInfo& info) {
    CHECK(info.state == JobState::exited);
    ready.push_back(info.id);
    if (ready.size() == 1) three.second.open();
    if (ready.size() == 2) three.first.open();
  };
  three.third.open();
  CHECK(three.jobs.registry.wait(three.ids, {}, {on_ready}));
  CHECK(ready == Ids{three.ids[2], three.ids[1], three.ids[0]});
}

TEST_CASE("wait ends when as many are ready as were asked for") {
  Three three;
  three.first.open();
  three.third.open();
  Ids ready;
  WaitRule rule;
  rule.count = 2;
  CHECK(three.jobs.registry.wait(three.ids, rule, {[&](const JobInfo& info) { ready.push_back(info.id); }}));
  CHECK(ready.size() == 2);
  CHECK(three.jobs.registry.info(three.ids[1]).state == JobState::running);
  three.open_all();
  for (const JobId id : three.ids) (void)three.jobs.registry.join(id);
}

TEST_CASE("a job named twice counts once") {
  Three three;
  three.first.open();
  int ready = 0;
  WaitRule rule;
  rule.count = 2;
  rule.timeout = 0ms;
  (void)three.jobs.registry.join(three.ids[0]);
  CHECK_FALSE(three.jobs.registry.wait({three.ids[0], three.ids[0], three.ids[1]}, rule,
                                       {[&](const JobInfo&) { ++ready; }}));
  CHECK(ready == 1);
  three.open_all();
  for (const JobId id : three.ids) (void)three.jobs.registry.join(id);
}

TEST_CASE("a wait for more jobs than there are is refused") {
  Jobs jobs;
  const JobId id = jobs.run_to_end(probe_job({"exit", "0"})).id;
  WaitRule rule;
  rule.count = 2;
  CHECK(failure_of([&] {
          jobs.registry.wait({id, id}, rule, {[](const JobInfo&) {}});
        }).code() == Errc::bad_value);
}

TEST_CASE("wait for nothing is over at once") {
  Jobs jobs;
  CHECK(jobs.registry.wait({}, {}, {[](const JobInfo&) {}}));
}

TEST_CASE("a wait whose time runs out says so, and tells what was ready") {
  Three three;
  three.second.open();
  (void)three.jobs.registry.join(three.ids[1]);
  Ids ready;
  WaitRule rule;
  rule.timeout = 0ms;
  CHECK_FALSE(
      three.jobs.registry.wait(three.ids, rule, {[&](const JobInfo& info) { ready.push_back(info.id); }}));
  CHECK(ready == Ids{three.ids[1]});
  three.open_all();
  for (const JobId id : three.ids) (void)three.jobs.registry.join(id);
}

TEST_CASE("jobs that can never be ready are told apart from those that are") {
  Jobs jobs;
  const JobId created = jobs.registry.create(probe_job({"exit", "0"}));
  const JobId ended = jobs.run_to_end(probe_job({"exit", "0"})).id;
  Ids ready, failed;
  CHECK(jobs.registry.wait({created, 99, ended}, {},
                           {[&](const JobInfo& info) { ready.push_back(info.id); },
                            [&](JobId id, const Error&) { failed.push_back(id); }}));
  CHECK(ready == Ids{ended});
  CHECK(failed.size() == 2);
  CHECK(failure_of([&] { jobs.registry.wait({99}, {}, {[](const JobInfo&) {}}); }).code() ==
        Errc::no_such_job);
}

TEST_CASE("a wait for a created job to run ends when another process starts it") {
  Jobs jobs;
  const JobId id = jobs.registry.create(jobs.staying());
  const Pipe told = make_pipe();
  Child starter([&](int) {
    (void)read_byte(told.read.get());
    Registry(jobs.temp.path()).start(id);
    return 0;
  });
  bool is_told = false;
  WaitRule rule;
  rule.states = {JobState::running};
  JobState seen = JobState::created;
  WaitNews news{[&](const JobInfo& info) { seen = info.state; }};
  news.tick = [&](std::size_t left) {  // from within the wait
    CHECK(left == 1);
    if (!std::exchange(is_told, true)) write_byte(told.write.get());
  };
  CHECK(jobs.registry.wait({id}, rule, news));
  CHECK(seen == JobState::running);
  CHECK(starter.wait() == ExitStatus::exited(0));
  jobs.hold.open();
  CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(0));
}

TEST_CASE("a wait for a state that cannot come any more fails") {
  Jobs jobs;
  const JobId id = jobs.run_to_end(probe_job({"exit", "0"})).id;
  WaitRule rule;
  rule.states = {JobState::running};
  CHECK(failure_of([&] { jobs.registry.wait({id}, rule, {[](const JobInfo&) {}}); }).code() ==
        Errc::never_reached);
}

TEST_CASE("a wait for a running job to run is over at once") {
  Jobs jobs;
  const JobId id = jobs.registry.start(jobs.staying());
  WaitRule rule;
  rule.states = {JobState::running, JobState::exited};
  rule.timeout = 0ms;
  CHECK(jobs.registry.wait({id}, rule, {[](const JobInfo&) {}}));
  jobs.hold.open();
  (void)jobs.registry.join(id);
}

TEST_CASE("a job that is closed while it is waited for is still told") {
  Jobs jobs;
  const JobId id = jobs.registry.start(jobs.staying());
  const Reported target = jobs.reports.await("up");
  const Pipe told = make_pipe();
  Child closer([&](int) {
    (void)read_byte(told.read.get());
    Registry other(jobs.temp.path());
    (void)other.terminate({id});
    other.close(id);
    return 0;
  });
  bool is_told = false;
  std::optional<ExitStatus> status;
  WaitNews news{[&](const JobInfo& info) { status = info.exit_status; }};
  news.tick = [&](std::size_t) {
    if (!std::exchange(is_told, true)) write_byte(told.write.get());
  };
  CHECK(jobs.registry.wait({id}, {}, news));
  CHECK(status == ExitStatus::signalled(SIGTERM, false));
  CHECK(closer.wait() == ExitStatus::exited(0));
}

TEST_CASE("the sentinel of a job is a file that can be waited for without brood") {
  Jobs jobs;
  const JobId id = jobs.registry.start(jobs.staying());
  const os::Fd sentinel =
      os::open_at(os::current_directory(), jobs.registry.info(id).sentinel, os::Open::read);
  jobs.hold.open();
  await_ready(sentinel.get());
  CHECK(jobs.registry.info(id).state == JobState::exited);
  // A monitor that has a guard wakes those who wait with a line; then comes the end.
  const std::string told = os::read_stream(sentinel.get(), 2);
  CHECK((told == "" || told == "\n"));
  CHECK(contents_of(jobs.registry.info(id).sentinel) == "");
}

TEST_CASE("three hundred jobs that run at once are joined in one wait") {
  Jobs jobs;
  Ids ids;
  for (int i = 0; i < 300; ++i)
    ids.push_back(jobs.registry.start(probe_job({"hold", jobs.hold.path(), "exit", "7"})));
  int ready = 0, sevens = 0;
  WaitNews news{[&](const JobInfo& info) {
    ++ready;
    sevens += info.exit_status == ExitStatus::exited(7);
  }};
  news.tick = [&](std::size_t) { jobs.hold.open(); };
  CHECK(jobs.registry.wait(ids, {}, news));
  CHECK(ready == 300);
  CHECK(sevens == 300);
}

TEST_CASE("a live job whose sentinel somebody has removed stays what it is, and is waited for") {
  Jobs jobs;
  const auto begin = [&] {
    const JobId id = jobs.registry.start(guarded(jobs, {}, {"exit", "9"}, StartMethod::fork));
    (void)jobs.reports.await("up");
    return id;
  };
  JobId id = 0;
  const auto sentinel = [&] { return jobs.registry.info(id).sentinel; };
  const auto remove = [&] { os::remove_file_at(os::current_directory(), sentinel()); };
  SUBCASE("before anybody waits") {
    id = begin();
    remove();
    CHECK(jobs.registry.info(id).state == JobState::running);
    const Sentinel end = jobs.registry.sentinel(id);
    CHECK_FALSE(os::is_ready(end.fd()));
    Child waiting = waiter(jobs, id);
    jobs.hold.open();
    CHECK(waiting.read_output() == "9");
    await_ready(end.fd());
  }
  SUBCASE("and something else put in its place") {
    id = begin();
    remove();
    os::write_all(os::open_at(os::current_directory(), sentinel(), os::Open::create).get(), "x");
    CHECK(jobs.registry.info(id).state == JobState::running);
    jobs.hold.open();
  }
  SUBCASE("while somebody waits") {
    id = begin();
    Child waiting = waiter(jobs, id);
    remove();
    jobs.hold.open();
    CHECK(waiting.read_output() == "9");
  }
  SUBCASE("and whose monitor is killed then") {
    id = begin();
    remove();
    lose_monitor(jobs, id);  // between the two nobody listens, and there is no sign of a keeper left
    jobs.hold.open();
  }
  SUBCASE("and is closed only when it is over") {
    id = begin();
    remove();
    CHECK(failure_of([&] { jobs.registry.close(id); }).code() == Errc::still_running);
    jobs.hold.open();
  }
  CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(9));
}
