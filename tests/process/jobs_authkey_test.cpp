// SPDX-License-Identifier: MIT
// Who may end and rename jobs, and what becomes of that when a monitor, or somebody in its place, is no help.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "control/auth.hpp"
#include "control/client.hpp"
#include "os/socket.hpp"
#include "sentinel/sentinel.hpp"
#include "support/child.hpp"
#include "support/guard.hpp"
#include "support/jobs.hpp"

using namespace brood;
using namespace brood::test;
using namespace std::chrono_literals;

namespace {

struct Locked : Jobs {
  std::string key = temp.outside().file("key", "the right one");
  std::string wrong = temp.outside().file("wrong", "another one");

  JobSpec with_key() const {
    JobSpec spec = staying();
    spec.authkey_file = key;
    return spec;
  }
  Registry holder_of(const std::string& file) const {
    Registry other(temp.path());
    other.use_authkey_file(file);
    return other;
  }
  std::string job_dir(JobId id) const { return temp / ("jobs/" + std::to_string(id)); }
  void damage_record(JobId id) const {
    const os::Fd record =
        os::open_at(os::current_directory(), job_dir(id) + "/job.json", os::Open::read_write);
    os::write_at(record.get(), 0, "rubbish");
  }
};

}  // namespace

TEST_CASE("with the wrong key nothing is done, whatever is asked for") {
  Locked jobs;
  const JobId id = jobs.registry.start(jobs.with_key());
  const Reported target = jobs.reports.await("up");
  Registry other = jobs.holder_of(jobs.wrong);
  CHECK(other.terminate({id}).at(0).error.code() == Errc::authentication_failed);
  CHECK(other.kill({id}).at(0).error.code() == Errc::authentication_failed);
  CHECK(failure_of([&] { other.signal(id, SIGUSR1); }).code() == Errc::authentication_failed);
  CHECK(failure_of([&] { other.rename(id, "x"); }).code() == Errc::authentication_failed);
  CHECK_FALSE(target.is_gone());
  CHECK(jobs.registry.info(id).state == JobState::running);
  CHECK(jobs.registry.info(id).name != "x");
  CHECK(jobs.registry.terminate({id}).empty());
  CHECK(target.is_gone());
}

TEST_CASE("of several jobs those with another key are told, the others are ended") {
  Locked jobs;
  const JobId locked = jobs.registry.start(jobs.with_key());
  const JobId plain = jobs.registry.start(jobs.staying());
  Registry holder = jobs.holder_of(jobs.key);
  const auto failures = holder.terminate({plain, locked});
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].id == plain);
  CHECK(failures[0].error.code() == Errc::authentication_failed);
  CHECK(jobs.registry.info(locked).state == JobState::exited);
  CHECK(jobs.registry.kill({plain}).empty());
}

TEST_CASE("a created job keeps the key that it was created with") {
  Locked jobs;
  const JobId id = jobs.registry.create(jobs.with_key());
  REQUIRE(::unlink(jobs.key.c_str()) == 0);
  jobs.registry.start(id);
  CHECK(contents_of(jobs.job_dir(id) + "/authkey").size() == 32);
  CHECK(jobs.holder_of(jobs.wrong).kill({id}).at(0).error.code() == Errc::authentication_failed);
  CHECK(jobs.registry.kill({id}).empty());
}

TEST_CASE("a job can be commanded with the key that was the directory's at its start") {
  Locked jobs;
  const std::string first = jobs.registry.authkey();
  const JobId old = jobs.registry.start(jobs.staying());
  const std::string second = jobs.registry.new_authkey();
  const JobId between = jobs.registry.start(jobs.staying());
  CHECK(jobs.registry.new_authkey() != second);
  CHECK(first != second);
  CHECK(Registry(jobs.temp.path()).terminate({old, between}).empty());
}

TEST_CASE("a key that fits nothing, or is not there, is an honest failure") {
  Locked jobs;
  const JobId id = jobs.registry.start(jobs.staying());
  const std::string key = contents_of(jobs.temp / "authkey");
  REQUIRE(::unlink((jobs.temp / "authkey").c_str()) == 0);
  CHECK(jobs.registry.kill({id}).at(0).error.code() == Errc::authentication_failed);
  (void)jobs.registry.authkey();
  CHECK(jobs.registry.kill({id}).at(0).error.code() == Errc::authentication_failed);
  CHECK(jobs.registry.info(id).state == JobState::running);
  CHECK(jobs.holder_of(jobs.temp.outside().file("saved", key)).kill({id}).empty());
}

TEST_CASE("who listens in the monitor's place without the key gets no request, and nothing is done") {
  Locked jobs;
  const JobId id = jobs.registry.start(jobs.staying());
  const Reported target = jobs.reports.await("up");
  const os::Fd dir = os::open_at(os::current_directory(), jobs.job_dir(id), os::Open::directory);
  os::rename_at(dir.get(), "control", "real");
  {
    const os::Fd listener = os::listen_at(dir.get(), jobs.job_dir(id), "control");
    Child client([&](int) {
      return Registry(jobs.temp.path()).kill({id}).at(0).error.code() == Errc::authentication_failed ? 0 : 1;
    });
    await_ready(listener.get());
    const os::Fd socket = std::move(*os::accept_one(listener.get()));
    const std::string nothing(32, '\0');
    os::send_all(socket.get(), control::frame_of(control::Hello{1, nothing.substr(0, 16), nothing}));
    await_ready(socket.get());
    os::send_all(socket.get(), control::frame_of(control::Welcome{nothing}));
    std::string heard = read_to_end(socket.get());
    CHECK(control::take_frame(heard)->kind == control::Kind::proof);
    CHECK(heard.empty());
    CHECK(client.wait() == ExitStatus::exited(0));
  }
  CHECK_FALSE(target.is_gone());
  os::rename_at(dir.get(), "real", "control");
  CHECK(jobs.registry.kill({id}).empty());
}

TEST_CASE("monitors that say nothing hold nobody up, even if their queues are full") {
  Locked jobs;
  std::vector<JobId> ids;
  std::vector<Reported> targets;
  for (int i = 0; i < 4; ++i) {
    ids.push_back(jobs.registry.start(jobs.staying()));
    targets.push_back(jobs.reports.await("up"));
  }
  const Frozen first(jobs, ids[0]), second(jobs, ids[1]);
  const os::Fd dir = os::open_at(os::current_directory(), jobs.job_dir(ids[1]), os::Open::directory);
  std::vector<os::Fd> queue;
  const auto fill = [&] {
    for (int i = 0; i < 1000; ++i)
      queue.push_back(
          std::move(*os::connect_at(dir.get(), jobs.job_dir(ids[1]), "control", os::steady_now())));
  };
  CHECK(failure_of(fill).code() == std::errc::resource_unavailable_try_again);
  CHECK(jobs.registry.terminate(ids).empty());
  for (const auto& target : targets) CHECK(target.is_gone());
}

TEST_CASE("without a monitor, too, the wrong key is refused") {
  Locked jobs;
  const JobId id = jobs.registry.start(jobs.with_key());
  const Reported target = jobs.reports.await("up");
  const os::Fd end =
      sentinel::watch(os::open_at(os::current_directory(), jobs.job_dir(id), os::Open::directory).get());
  lose_keepers(jobs, id);
  await_ready(end.get());
  REQUIRE(jobs.registry.info(id).state == JobState::orphaned);
  CHECK(jobs.holder_of(jobs.wrong).kill({id}).at(0).error.code() == Errc::authentication_failed);
  CHECK_FALSE(target.is_gone());
  CHECK(jobs.holder_of(jobs.key).kill({id}).empty());
  CHECK(target.is_gone());
}

TEST_CASE("of a job whose record cannot be read its monitor knows") {
  Locked jobs;
  const JobId id = jobs.registry.start(jobs.with_key());
  const Reported target = jobs.reports.await("up");
  jobs.damage_record(id);
  JobInfo info = jobs.registry.info(id);
  CHECK(info.id == id);
  CHECK(info.state == JobState::running);
  CHECK(info.pid == target.pid());
  CHECK_FALSE(info.problem.empty());
  CHECK(jobs.registry.list().at(0).state == JobState::running);
  CHECK(jobs.registry.find(info.name).at(0).id == id);

  {
    // Its record does not say who it is any more.
    const pid_t guard = os::process_stat(info.monitor_pid).value().parent;
    freeze(guard);
    freeze(info.monitor_pid);
    const JobInfo silent = jobs.registry.info(id);
    CHECK(silent.state == JobState::damaged);
    CHECK(silent.problem.find("does not answer") != std::string::npos);
    for (const pid_t pid : {info.monitor_pid, guard}) REQUIRE(::kill(pid, SIGCONT) == 0);
  }
  // A request waits two seconds for a monitor; where the processors are busy, it has to get its turn first.
  while (jobs.registry.info(id).state != JobState::running) {
  }
  const auto failures = jobs.registry.kill({id});
  CHECK_MESSAGE(failures.empty(), (failures.empty() ? "" : failures[0].error.what()));
  CHECK(target.is_gone());
}

TEST_CASE("a monitor drops who says nothing, and goes on") {
  Locked jobs;
  const JobId id = jobs.registry.start(jobs.staying());
  const os::Fd dir = os::open_at(os::current_directory(), jobs.job_dir(id), os::Open::directory);
  const os::Fd silent = std::move(*os::connect_at(dir.get(), jobs.job_dir(id), "control"));
  const os::Fd half = std::move(*os::connect_at(dir.get(), jobs.job_dir(id), "control"));
  os::send_all(half.get(), std::string("\x60\0\0\0\x01\0", 6));
  for (const os::Fd* stranger : {&silent, &half}) {
    std::string words = read_to_end(stranger->get());
    CHECK(control::take_frame(words)->kind == control::Kind::hello);
    CHECK(words.empty());
  }
  CHECK(jobs.registry.info(id).state == JobState::running);
  CHECK(jobs.registry.kill({id}).empty());
}
