// SPDX-License-Identifier: MIT
// One job as a handle with the words of multiprocessing's Process, and its sentinel among other things to wait for.
#include "brood/job.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <fstream>

#include "brood/wait.hpp"
#include "os/process.hpp"
#include "support/guard.hpp"
#include "support/jobs.hpp"

using namespace brood;
using namespace brood::test;
using namespace std::chrono_literals;

namespace {

using Indices = std::vector<std::size_t>;

template <class Action>
std::error_code code_of(Action&& action) {
  return failure_of([&] {
           action();
           return 0;
         })
      .code();
}

Job started(Jobs& jobs, const JobSpec& spec) { return {jobs.registry, jobs.registry.start(spec)}; }

bool is_ready(const Sentinel& sentinel) { return !wait({sentinel}, 0ms).empty(); }

bool is_close_on_exec(int fd) { return (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0; }

std::string record_of(const Jobs& jobs, const Job& job) {
  return jobs.temp / ("jobs/" + std::to_string(job.id()) + "/job.json");
}

void damage(const Jobs& jobs, const Job& job) { REQUIRE(::truncate(record_of(jobs, job).c_str(), 100) == 0); }

// As if it had been started by another machine that shares the directory.
void move_elsewhere(const Jobs& jobs, const Job& job) {
  std::string text = contents_of(record_of(jobs, job));
  const std::string field = "\"host\":\"";
  const std::size_t at = text.find(field);
  REQUIRE(at != std::string::npos);
  std::ofstream(record_of(jobs, job)) << text.insert(at + field.size(), "not-");
}

static_assert(!std::is_convertible_v<const Job&, Waitable>);

}  // namespace

TEST_CASE("a Job tells what its job is, from before the start until after the end") {
  Jobs jobs;
  JobSpec spec = jobs.staying();
  spec.target.insert(spec.target.end(), {"exit", "7"});
  spec.name = "one";
  const Job job(jobs.registry, jobs.registry.create(spec));
  CHECK(job.state() == JobState::created);
  CHECK(job.name() == "one");
  CHECK(job.identity() == job.info().identity);
  CHECK(job.identity() != "");
  CHECK_FALSE(job.daemon());
  CHECK_FALSE(job.is_alive());
  CHECK_FALSE(job.pid().has_value());
  CHECK_FALSE(job.exitcode().has_value());
  CHECK(code_of([&] { job.join(); }) == Errc::not_started);

  job.start();
  const Reported target = jobs.reports.await("up");
  CHECK(job.state() == JobState::running);
  CHECK(job.is_alive());
  CHECK(job.pid() == target.pid());
  CHECK_FALSE(job.exit_status().has_value());
  CHECK_FALSE(job.exitcode().has_value());
  CHECK(code_of([&] { job.start(); }) == Errc::already_started);
  CHECK(code_of([&] { job.close(); }) == Errc::still_running);

  jobs.hold.open();
  CHECK(job.join()->exit_status == ExitStatus::exited(7));
  CHECK(job.state() == JobState::exited);
  CHECK_FALSE(job.is_alive());
  CHECK(job.pid() == target.pid());
  CHECK(job.exit_status() == ExitStatus::exited(7));
  CHECK(job.exitcode() == 7);
}

TEST_CASE("an exit code of a Job is negative for a death by signal") {
  Jobs jobs;
  const Job job = started(jobs, jobs.staying());
  const Reported target = jobs.reports.await("up");
  job.signal(SIGUSR1);
  CHECK(job.join(24h)->exit_status == ExitStatus::signalled(SIGUSR1, false));
  CHECK(job.exitcode() == -SIGUSR1);
}

TEST_CASE("a Job is interrupted, terminated and killed by the signals of these names") {
  Jobs jobs;
  const Job interrupted = started(jobs, jobs.staying());
  const Job terminated = started(jobs, jobs.staying());
  const Job killed = started(jobs, jobs.staying({"ignore", std::to_string(SIGTERM)}));
  for (int i = 0; i < 3; ++i) (void)jobs.reports.await("up");
  interrupted.interrupt();
  (void)interrupted.join();
  CHECK(interrupted.exitcode() == -SIGINT);
  terminated.terminate();
  CHECK(terminated.exitcode() == -SIGTERM);
  killed.terminate(0ms);
  CHECK(killed.exitcode() == -SIGKILL);
  const Job other = started(jobs, jobs.staying());
  (void)jobs.reports.await("up");
  other.kill();
  CHECK(other.exitcode() == -SIGKILL);
}

TEST_CASE("the scope of a signal to a Job is the whole tree unless it is the target only") {
  Jobs jobs;
  const Words child{"fork", "[", "say", jobs.reports.path(), "child", "hold", jobs.hold.path(), "]"};
  for (const Scope scope : {Scope::target_only, Scope::tree}) {
    const Job job = started(jobs, jobs.staying(child));
    const Reported below = jobs.reports.await("child");
    (void)jobs.reports.await("up");
    job.kill(scope);
    CHECK(below.is_gone() == (scope == Scope::tree));
    job.kill();
    CHECK(below.is_gone());
  }
}

TEST_CASE("the join of a Job whose time runs out is empty, and not-a-number is no time") {
  Jobs jobs;
  const Job job = started(jobs, jobs.staying());
  CHECK_FALSE(job.join(0ms).has_value());
  CHECK_FALSE(job.join(-1s).has_value());
  CHECK_FALSE(job.join(std::chrono::duration<double>(0.001)).has_value());
  CHECK(code_of([&] { job.join(std::chrono::duration<double>(NAN)); }) == Errc::bad_value);
  jobs.hold.open();
  CHECK(job.join(std::chrono::duration<double>(INFINITY))->state == JobState::exited);
  CHECK(job.join(0ms)->state == JobState::exited);
}

TEST_CASE("a Job is restarted under its id, and renamed, and closed") {
  Jobs jobs;
  const Job job = started(jobs, jobs.staying());
  const pid_t before = jobs.reports.await("up").pid();
  job.restart();
  CHECK(job.pid() != before);
  CHECK(job.is_alive());
  job.rename("other");
  CHECK(job.name() == "other");
  CHECK(jobs.registry.job("other") == job);
  CHECK(code_of([&] { job.rename("a/b"); }) == Errc::bad_name);
  job.terminate();
  job.close();
  CHECK(jobs.registry.jobs().empty());
}

TEST_CASE("a Job of a job that has been closed, or never was, says that there is none") {
  Jobs jobs;
  (void)jobs.run_to_end(probe_job({"exit", "0"}));
  const Job none(jobs.registry, 99);
  CHECK(none.id() == 99);
  const std::vector<std::function<void()>> questions{
      [&] { none.info(); },
      [&] { none.state(); },
      [&] { none.is_alive(); },
      [&] { none.name(); },
      [&] { none.exitcode(); },
      [&] { none.parent(); },
      [&] { none.children(); },
      [&] { none.start(); },
      [&] { none.join(); },
      [&] { none.sentinel(); },
      [&] { none.terminate(); },
      [&] { none.kill(); },
      [&] { none.interrupt(); },
      [&] { none.restart(); },
      [&] { none.rename("x"); },
      [&] { none.close(); },
      [&] { none.logs({}, [](std::string_view) { return true; }); }};
  for (const auto& question : questions) CHECK(code_of(question) == Errc::no_such_job);
}

TEST_CASE("a Job whose record is damaged says so, and no more") {
  Jobs jobs;
  const Job job(jobs.registry, jobs.run_to_end(probe_job({"exit", "0"})).id);
  damage(jobs, job);
  CHECK(job.state() == JobState::damaged);
  const std::vector<std::function<void()>> questions{
      [&] { job.is_alive(); }, [&] { job.name(); },        [&] { job.identity(); }, [&] { job.daemon(); },
      [&] { job.pid(); },      [&] { job.exit_status(); }, [&] { job.exitcode(); }, [&] { job.parent(); },
      [&] { job.join(); },     [&] { job.sentinel(); },    [&] { job.terminate(); }};
  for (const auto& question : questions) CHECK(code_of(question) == Errc::record_damaged);
  CHECK(jobs.registry.jobs() == std::vector<Job>{job});
  job.close();
}

TEST_CASE("Jobs are found by reference, and all of them listed by id") {
  Jobs jobs;
  JobSpec spec = probe_job({"exit", "0"});
  spec.name = "ended";
  const Job first(jobs.registry, jobs.run_to_end(spec).id), second(jobs.registry, jobs.run_to_end(spec).id);
  CHECK(jobs.registry.jobs() == std::vector<Job>{first, second});
  CHECK(jobs.registry.job("ended") == second);
  CHECK(jobs.registry.job(std::to_string(first.id())) == first);
  CHECK(code_of([&] { jobs.registry.job("none"); }) == Errc::no_such_job);
  Registry same(jobs.temp.path());
  CHECK(Job(same, first.id()) != first);
  CHECK(&first.registry() == &jobs.registry);
}

TEST_CASE("Jobs that were started inside a Job are its children, and it is their parent") {
  Jobs jobs;
  const Job outer = started(jobs, jobs.staying());
  JobSpec spec = probe_job({"exit", "0"});
  spec.parent = "job:" + std::to_string(outer.id());
  const Job one = started(jobs, spec), two = started(jobs, spec);
  CHECK(outer.children() == std::vector<Job>{one, two});
  CHECK(one.parent() == outer);
  CHECK_FALSE(outer.parent().has_value());
  CHECK(one.children().empty());
  CHECK(one.identity() == outer.identity() + ":1");
  (void)two.join();
}

TEST_CASE("a Job is daemonic if it was asked for") {
  Jobs jobs;
  JobSpec spec = probe_job({"exit", "0"});
  spec.daemon = true;
  CHECK(Job(jobs.registry, jobs.registry.create(spec)).daemon());
}

TEST_CASE("what a Job wrote is given to the sink") {
  Jobs jobs;
  const Job job = started(jobs, probe_job({"print", "one", "print", "two"}));
  (void)job.join();
  std::string text;
  LogOptions options;
  options.last_lines = 1;
  job.logs(options, [&](std::string_view bytes) {
    text += bytes;
    return true;
  });
  CHECK(text == "two\n");
}

TEST_CASE("a job, a pipe and a process are waited for together") {
  Jobs jobs;
  const Job job = started(jobs, jobs.staying());
  const Pipe pipe = make_pipe();
  Child child([](int output) {
    write_byte(output);
    return ::pause();
  });
  (void)read_byte(child.output());
  const Sentinel process(os::open_pidfd(child.pid())->release());
  const Sentinel end = job.sentinel();
  const std::vector<Waitable> objects{pipe.read.get(), end, process};
  CHECK(wait(objects, 0ms).empty());
  child.kill();
  CHECK(wait(objects) == Indices{2});
  (void)child.wait();
  CHECK(wait(objects) == Indices{2});  // reaped, it has still ended
  jobs.hold.open();
  (void)wait({end});
  CHECK(wait(objects) == Indices{1, 2});
  write_byte(pipe.write.get());
  CHECK(wait(objects) == Indices{0, 1, 2});
}

TEST_CASE("when the sentinel of a job is ready, its end is on record") {
  Jobs jobs;
  for (const StartMethod method : {StartMethod::fork, StartMethod::spawn, StartMethod::forkserver}) {
    JobSpec spec = probe_job({"exit", "7"});
    spec.method = method;
    const Job job = started(jobs, spec);
    const Sentinel end = job.sentinel();
    CHECK(wait({end}, watchdog) == Indices{0});
    CHECK(job.exitcode() == 7);
  }
}

TEST_CASE("the sentinel of a job that is over is ready from the beginning") {
  Jobs jobs;
  const Job job(jobs.registry, jobs.run_to_end(probe_job({"exit", "0"})).id);
  const Sentinel end = job.sentinel();
  CHECK(is_ready(end));
  job.close();
  CHECK(is_ready(end));
}

TEST_CASE("a job that was not started has no sentinel") {
  Jobs jobs;
  const Job job(jobs.registry, jobs.registry.create(probe_job({"exit", "0"})));
  CHECK(code_of([&] { job.sentinel(); }) == Errc::not_started);
}

TEST_CASE("a sentinel is not inherited by what is executed, and each call makes another") {
  Jobs jobs;
  const Job job = started(jobs, jobs.staying());
  const Sentinel one = job.sentinel(), other = job.sentinel();
  CHECK(one.fd() != other.fd());
  CHECK(is_close_on_exec(one.fd()));
  jobs.hold.open();
  CHECK(wait({one}) == Indices{0});
  CHECK(wait({other}) == Indices{0});
  CHECK(is_close_on_exec(job.sentinel().fd()));
}

TEST_CASE("the restart of a running job leaves its sentinel as it is") {
  Jobs jobs;
  const Job job = started(jobs, jobs.staying());
  const Sentinel end = job.sentinel();
  job.restart();
  CHECK_FALSE(is_ready(end));
  job.terminate();
  CHECK(is_ready(end));
}

TEST_CASE("a job that is launched again after its end has a new sentinel") {
  Jobs jobs;
  const Job job = started(jobs, jobs.staying());
  (void)jobs.reports.await("up");
  job.kill();
  job.restart();
  (void)jobs.reports.await("up");
  const Sentinel end = job.sentinel();
  CHECK_FALSE(is_ready(end));
  job.kill();
  CHECK(is_ready(end));
}

TEST_CASE("a sentinel outlives the monitor where a guard takes over, and tells the end") {
  Jobs jobs;
  const Job job = started(jobs, guarded(jobs, {}, {"exit", "7"}));
  (void)jobs.reports.await("up");
  const Sentinel end = job.sentinel();
  (void)lose_monitor(jobs, job.id());
  CHECK_FALSE(is_ready(end));
  jobs.hold.open();
  CHECK(wait({end}, watchdog) == Indices{0});
  CHECK(job.exitcode() == 7);
}

TEST_CASE("the sentinel of a job whose keeper was killed is ready, and a new one is that of the target") {
  Jobs jobs;
  const Job job = started(jobs, jobs.staying());
  const Reported target = jobs.reports.await("up");
  const Sentinel kept = job.sentinel();
  lose_keepers(jobs, job.id());
  CHECK(wait({kept}, watchdog) == Indices{0});
  CHECK(job.state() == JobState::orphaned);
  CHECK(job.is_alive());
  const Sentinel end = job.sentinel();
  CHECK_FALSE(is_ready(end));
  jobs.hold.open();
  CHECK(wait({end}, watchdog) == Indices{0});
  CHECK(job.state() == JobState::lost);
  CHECK_FALSE(job.exitcode().has_value());
  CHECK_FALSE(job.join()->exit_status.has_value());
  CHECK(is_ready(job.sentinel()));
}

TEST_CASE("a job of another machine has no sentinel here while it runs") {
  Jobs jobs;
  const Job job = started(jobs, jobs.staying());
  const Reported target = jobs.reports.await("up");
  lose_keepers(jobs, job.id());
  move_elsewhere(jobs, job);
  REQUIRE(job.state() == JobState::running);
  CHECK(code_of([&] { job.sentinel(); }) == Errc::unsupported);
  jobs.hold.open();
  target.await_end();
}
