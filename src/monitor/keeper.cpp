// SPDX-License-Identifier: MIT
#include "monitor/keeper.hpp"

#include <cerrno>

#include "launch/start_target.hpp"
#include "os/clock.hpp"
#include "os/file.hpp"
#include "os/lock.hpp"
#include "os/proc.hpp"
#include "os/process.hpp"
#include "store/authkey.hpp"
#include "store/family.hpp"
#include "store/name_index.hpp"
#include "store/names.hpp"

namespace brood::monitor {
namespace {

void remove_all(const store::StateDir& state, const store::JobDir& dir, const std::string& name) noexcept {
  try {
    store::remove_job_dir(state, dir, name);
  } catch (const Error&) {
    // Without its record it is no job; `close --ended` sweeps such rests.
  }
}

void remove_quietly(const store::JobDir& dir, std::initializer_list<const char*> files) noexcept {
  for (const char* file : files) {
    try {
      os::remove_file_at(dir.fd.get(), file);
    } catch (const Error&) {
      // The next launch takes it over.
    }
  }
}

// What a launch adds to a job that was there before.
void remove_launch_files(const store::JobDir& dir, JobState before) noexcept {
  using namespace store;
  remove_quietly(dir, {names::control});
  if (before == JobState::created)
    remove_quietly(dir, {names::sentinel, names::output_log, names::stdout_log, names::stderr_log});
}

JobInfo new_info(const Order& order, JobId id) {
  JobInfo info;
  info.id = id;
  info.name = order.name;
  info.created_at = order.created_at;
  return info;
}

// Only a job that was never launched may be; to launch one again, it must be over. What its record calls live may be
// lost: whoever holds the sentinel now would know.
JobInfo need_startable(const store::RecordFile& record, JobId id, bool again) {
  JobInfo info = record.load().info;
  if (info.state != JobState::created && !again)
    throw Error(Errc::already_started, "start job " + std::to_string(id));
  return info;
}

std::string tail_of(const store::StateDir& state, JobId id, const Order& order) {
  if (order.parent_job == 0) return order.record_tail;
  return store::tail_of_child(state, order.parent_job, order.parent_identity, id, order.record_tail);
}

store::RecordFile make_record(const store::StateDir& state, const store::JobDir& dir, const Order& order,
                              JobInfo& info) {
  info = new_info(order, dir.id);
  describe_launch(info);
  if (!order.kept_environment.empty()) store::save_environment(dir, order.kept_environment);
  store::add_to_index(state, order.name, dir.id);
  try {
    return store::RecordFile::make(dir, info, tail_of(state, dir.id, order));
  } catch (const Error& problem) {
    throw problem.during("record job " + std::to_string(dir.id));
  }
}

control::Server open_control(const store::JobDir& dir, const AuthKey& key) {
  os::remove_file_at(dir.fd.get(), store::names::control);  // left by a monitor that was killed
  return {dir.fd.get(), dir.path, store::names::control, dir.id, key};
}

// Commands can do without: they signal what they can prove to be the job's.
control::Server try_open_control(const store::JobDir& dir, const AuthKey& key) noexcept {
  try {
    return open_control(dir, key);
  } catch (const std::exception&) {
    return {};
  }
}

Keeper keep_new(store::StateDir state, Order& order, Place place, bool is_kept, GuardLink guard,
                unsigned umask) {
  auto dir = store::make_job_dir(state);
  try {
    auto sentinel = sentinel::Sentinel::hold(dir.fd.get());
    tell_guard(guard, dir.id, order.authkey, true, sentinel.fd(), state);
    if (order.has_own_key) store::save_authkey(dir, order.authkey);
    auto control = open_control(dir, order.authkey);
    open_logs(dir, order);
    JobInfo info;
    auto record = make_record(state, dir, order, info);
    return {place,
            std::move(state),
            std::move(dir),
            std::move(record),
            std::move(sentinel),
            std::move(control),
            std::move(info),
            is_kept,
            {},
            {},
            umask,
            false,
            std::move(guard.channel)};
  } catch (...) {
    remove_all(state, dir, order.name);
    throw;
  }
}

// What becomes of the job matters more than what only a later version knows of it, should both not fit.
std::string head_of(const Keeper& keeper) {
  try {
    return store::head_text(keeper.info, keeper.more_fields);
  } catch (const Error& problem) {
    if (problem.code() != Errc::bad_value) throw;
    return store::head_text(keeper.info);
  }
}

sentinel::Sentinel hold_sentinel(const store::JobDir& dir, const std::string& what) {
  try {
    return sentinel::Sentinel::hold(dir.fd.get());
  } catch (const Error& problem) {
    if (problem.code() == Errc::already_started) throw Error(Errc::already_started, what);
    throw problem.during(what);
  }
}

// Several may try this at the same time, and others may close or rename the job. Nothing of it is touched before it is
// clear that it is ours to launch: under the lock that everybody takes who changes a job without keepers.
Keeper keep_created(store::StateDir state, Order& order, Place place, GuardLink guard, unsigned umask) {
  const std::string what = doing_of(order);
  auto dir = store::find_job_dir(state, order.created_id);
  if (!dir) throw Error(Errc::no_such_job, what);
  auto record = store::RecordFile::find(*dir, store::RecordFile::Access::update);
  if (!record) throw Error(Errc::no_such_job, what);
  os::lock(record->fd(), os::Lock::exclusive);
  if (os::status_of(record->fd()).links == 0) throw Error(Errc::no_such_job, what);
  const JobInfo before = need_startable(*record, dir->id, order.again);
  auto sentinel = hold_sentinel(*dir, what);
  tell_guard(guard, dir->id, order.authkey, false, sentinel.fd(), state);
  try {
    auto control = open_control(*dir, order.authkey);
    open_logs(*dir, order);
    JobInfo info = blank(before);
    describe_launch(info);
    std::string more = store::unknown_fields(record->text());
    record->save_head(store::head_text(info, more));
    os::unlock(record->fd());
    return {place,
            std::move(state),
            std::move(*dir),
            std::move(*record),
            std::move(sentinel),
            std::move(control),
            std::move(info),
            true,
            before,
            std::move(more),
            umask,
            false,
            std::move(guard.channel)};
  } catch (...) {
    // Nothing can fail once the record says that it runs.
    remove_launch_files(*dir, before.state);
    sentinel.release(dir->fd.get());
    throw;
  }
}

}  // namespace

Keeper make_keeper(Order& order, Place place, bool is_kept, GuardLink guard) {
  // Ours alone, whatever the caller's would do to our files.
  const unsigned caller_umask = os::set_umask(077);
  auto state = store::StateDir::adopt(order.state_path, std::move(order.state_dir));
  return order.created_id ? keep_created(std::move(state), order, place, std::move(guard), caller_umask)
                          : keep_new(std::move(state), order, place, is_kept, std::move(guard), caller_umask);
}

std::optional<Adopted> adopt_keeper(const store::StateDir& state, Guarded& guarded) {
  auto dir = store::find_job_dir(state, guarded.job);
  if (!dir) return std::nullopt;
  auto record = store::RecordFile::find(*dir, store::RecordFile::Access::update);
  if (!record) return std::nullopt;
  store::Record known = record->load();
  if (known.info.monitor_pid != guarded.monitor) return std::nullopt;  // launched again since, and kept
  auto own_state = store::StateDir::adopt(state.path(), os::duplicate(state.fd()));
  std::string more = store::unknown_fields(record->text());
  auto control = try_open_control(*dir, guarded.key);
  known.info.monitor_pid = os::own_pid();
  Keeper keeper{Place::background,
                std::move(own_state),
                std::move(*dir),
                std::move(*record),
                sentinel::Sentinel::take_over(std::move(guarded.sentinel)),
                std::move(control),
                std::move(known.info),
                true,
                {},
                std::move(more),
                077};
  save(keeper);
  return Adopted{std::move(keeper), std::move(known.spec)};
}

void save(Keeper& keeper) noexcept {
  try {
    keeper.record.save_head(head_of(keeper));
    keeper.is_owed = false;
  } catch (const std::exception&) {
    keeper.is_owed = true;
  }
}

void stop_control(Keeper& keeper) noexcept {
  if (keeper.control.listener() < 0) return;  // what has that name now is another keeper's
  keeper.control.stop_listening();
  try {
    os::remove_file_at(keeper.dir.fd.get(), store::names::control);
  } catch (const Error&) {
    // Nobody answers there any more, which is what a client goes by.
  }
}

void forget(Keeper& keeper) noexcept {
  if (!keeper.before) {
    remove_all(keeper.state, keeper.dir, keeper.info.name);
    return;
  }
  keeper.info = *keeper.before;
  remove_launch_files(keeper.dir, keeper.info.state);
  save(keeper);
  if (keeper.info.state != JobState::created) keeper.sentinel.release(keeper.dir.fd.get());
}

}  // namespace brood::monitor
