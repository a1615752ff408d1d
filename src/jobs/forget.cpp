// SPDX-License-Identifier: MIT
#include "base/during.hpp"
#include "brood/text.hpp"
#include "control/client.hpp"
#include "jobs/monitor_link.hpp"
#include "jobs/registry_impl.hpp"
#include "os/clock.hpp"
#include "os/file.hpp"
#include "os/lock.hpp"
#include "os/poll.hpp"
#include "os/process.hpp"
#include "sentinel/sentinel.hpp"
#include "store/name_index.hpp"
#include "store/names.hpp"
#include "store/record.hpp"

namespace brood {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 2s;

// Its monitor, or the one that comes after it: one that was killed may have a guard, who takes over in a moment. Empty if
// nobody keeps the job any more, or nobody comes.
std::optional<control::Client> await_monitor(const jobs::OpenJob& job, const jobs::Keys& keys) {
  const os::SteadyTime give_up = os::steady_now() + patience;
  for (;;) {
    if (auto client = jobs::connect_to_monitor(job, keys, give_up)) return client;
    const os::Fd end = sentinel::watch(job.dir.fd.get());
    if (!end || os::steady_now() >= give_up) return std::nullopt;
    (void)os::await_ready(end.get(), os::steady_now() + 20ms);
  }
}

std::optional<control::Answer> ask_to_rename(control::Client& client, const std::string& name) {
  const os::SteadyTime deadline = os::steady_now() + patience;
  client.send({control::Kind::rename, Scope::tree, {}, 0, name});
  auto answer = client.answer(deadline);
  if (answer && answer->kind == control::Kind::accepted) answer = client.answer(deadline);
  return answer;
}

// False if the job has no monitor. One that is killed meanwhile has a guard, who can be asked the same again.
bool rename_by_monitor(const jobs::OpenJob& job, const jobs::Keys& keys, const std::string& name,
                       const std::string& what) {
  std::optional<control::Answer> answer;
  for (int attempt = 0; attempt < 3 && !answer; ++attempt) {
    try {
      auto client = await_monitor(job, keys);
      if (!client) return false;
      answer = ask_to_rename(*client, name);
      if (!answer) break;  // it is there, and silent
    } catch (const Error& problem) {
      if (problem.code() == Errc::authentication_failed) jobs::refuse_key(keys, what);
      if (!jobs::is_no_answer(problem)) throw jobs::explained(problem, what);
    }
  }
  if (answer && answer->kind == control::Kind::done) return true;
  if (answer && answer->code == Errc::protocol_mismatch)
    throw jobs::explained({answer->code, answer->doing}, what);
  if (answer) throw Error(answer->code, what);
  if (sentinel::is_held(job.dir.fd.get())) throw Error(Errc::monitor_gone, what);
  return false;  // it has just left
}

// A monitor that has put the end on record lets the sentinel go as soon as it knows what the target has left behind.
bool is_let_go(const jobs::OpenJob& job) {
  const os::Fd end = sentinel::watch(job.dir.fd.get());
  return !end || os::await_ready(end.get(), os::steady_now() + patience);
}

void forget(const store::StateDir& state, const jobs::OpenJob& job, const std::string& what) {
  const std::string id = std::to_string(job.dir.id);
  // Whoever starts, renames or closes a job without keepers takes this lock, and looks when it has it.
  if (job.file) os::lock(job.file->fd(), os::Lock::exclusive);
  JobInfo info = jobs::examine(job).info;
  if (is_over(info.state) && is_let_go(job)) info = jobs::examine(job).info;
  if (is_live(info.state) || sentinel::is_held(job.dir.fd.get()))
    throw Error(Errc::still_running, what, "brood terminate " + id + " ends it");
  // The monitor leaves just after it has let everybody know. One that stays has orphans to look after.
  if (info.orphans > 0 && jobs::has_monitor(job))
    throw Error(Errc::orphans_alive, what + " (" + std::to_string(info.orphans) + ")",
                "brood terminate " + id + " ends them");
  store::check_removable(job.dir);
  store::remove_job_dir(state, job.dir, info.name);
}

void rename_job(const store::StateDir& state, const jobs::OpenJob& job, const jobs::Keys& keys,
                const std::string& name, const std::string& what) {
  const JobInfo info = jobs::examine(job).info;
  if (info.state == JobState::damaged) jobs::refuse_damaged(info);
  if (rename_by_monitor(job, keys, name, what)) return;
  if (!jobs::is_possible_key(keys, job.dir)) jobs::refuse_key(keys, what);
  // Nobody keeps it: the record is ours to write, one at a time. Unless somebody has just launched it.
  const auto file = store::RecordFile::find(job.dir, store::RecordFile::Access::update);
  if (!file) throw Error(Errc::no_such_job, what);
  const os::PrivateUmask umask;
  os::lock(file->fd(), os::Lock::exclusive);
  if (os::status_of(file->fd()).links == 0) throw Error(Errc::no_such_job, what);
  if (rename_by_monitor(job, keys, name, what)) return;
  store::add_to_index(state, name, job.dir.id);
  file->save_head(store::head_with_name(file->text(), name));
  if (info.name != name) store::remove_from_index(state, info.name, job.dir.id);
}

}  // namespace

void Registry::close(JobId id) {
  const std::string what = "close job " + std::to_string(id);
  during(what, [&] {
    const jobs::OpenJob job = impl().open(id);
    forget(*impl().find(), job, what);
  });
}

std::size_t Registry::close_ended(std::chrono::milliseconds age) {
  const store::StateDir* state = impl().find();
  if (!state) return 0;
  const WallTime now = os::wall_now();
  std::size_t closed = 0;
  std::optional<Error> failure;
  for (const JobId id : state->job_ids()) {
    const auto record = jobs::look_at(*state, id);
    if (!record) {
      store::remove_litter(*state, id);
      continue;
    }
    const JobInfo& info = record->info;
    if (!is_over(info.state) || now - info.ended_at.value_or(info.started_at.value_or(now)) < age) continue;
    try {
      close(id);
      ++closed;
    } catch (const Error& problem) {
      // Orphans of it live. Or somebody else was faster.
      if (problem.code() != Errc::still_running && problem.code() != Errc::orphans_alive &&
          problem.code() != Errc::no_such_job)
        failure = problem.during("close job " + std::to_string(id));
    }
  }
  store::sweep_index(*state);
  if (failure) throw Error(*failure);
  return closed;
}

void Registry::rename(JobId id, const std::string& name) {
  if (const std::string problem = job_name_problem(name); !problem.empty())
    throw Error(Errc::bad_name, "name '" + fit(printable(name), 60) + "': " + problem);
  const std::string what = "rename job " + std::to_string(id);
  during(what, [&] {
    const jobs::OpenJob job = impl().open(id);
    rename_job(*impl().find(), job, impl().keys(), name, what);
  });
}

}  // namespace brood
