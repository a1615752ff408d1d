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

// What a launch adds to a created job.
void remove_launch_files(const store::JobDir& dir) noexcept {
  for (const char* name : {store::names::sentinel, store::names::control, store::names::output_log,
                           store::names::stdout_log, store::names::stderr_log}) {
    try {
      os::remove_file_at(dir.fd.get(), name);
    } catch (const Error&) {
      // The next launch takes it over.
    }
  }
}

void open_logs(const store::JobDir& dir, Order& order) {
  const auto open_log = [&](const std::string& name) {
    return os::open_at(dir.fd.get(), name, os::Open::append, 0600);
  };
  if (!order.stdout_log.empty()) order.streams[1] = open_log(order.stdout_log);
  if (!order.stderr_log.empty() && order.stderr_log != order.stdout_log)
    order.streams[2] = open_log(order.stderr_log);
}

JobInfo new_info(const Order& order, JobId id) {
  JobInfo info;
  info.id = id;
  info.name = order.name;
  info.created_at = order.created_at;
  return info;
}

// Running from the start, so that a target finds itself so with its first instruction; the pid follows when it has been
// executed. A launch that fails takes the job away before anybody was told of it.
void describe_launch(JobInfo& info) {
  info.state = JobState::running;
  info.boot_id = os::boot_id();
  info.pid_namespace = os::pid_namespace();
  info.monitor_pid = os::own_pid();
  info.started_at = os::wall_now();
}

// Only a job that was never launched may be.
JobInfo need_created(const store::RecordFile& record, JobId id) {
  JobInfo info = record.load().info;
  if (info.state != JobState::created) throw Error(Errc::already_started, "start job " + std::to_string(id));
  return info;
}

store::RecordFile make_record(const store::StateDir& state, const store::JobDir& dir, const Order& order,
                              JobInfo& info) {
  info = new_info(order, dir.id);
  describe_launch(info);
  store::add_to_index(state, order.name, dir.id);
  try {
    return store::RecordFile::make(dir, info, order.record_tail);
  } catch (const Error& problem) {
    throw problem.during("record job " + std::to_string(dir.id));
  }
}

launch::Target target_of(const Keeper& keeper, const Order& order, const std::vector<std::string>& env) {
  launch::Target target;
  for (const auto& word : order.argv) target.argv.push_back(word.c_str());
  for (const auto& entry : env) target.env.push_back(entry.c_str());
  target.cwd = order.cwd;
  for (std::size_t i = 0; i < 3; ++i) target.streams[i] = order.streams[i].get();
  if (order.joins_streams && !order.streams[2]) target.streams[2] = order.streams[1].get();
  target.keep_fds = order.keep_fds;
  target.close_others = !order.inherit_fds;
  target.new_session = keeper.place == Place::background;
  target.reset_signals = order.reset_signals;
  target.umask = order.umask.value_or(keeper.caller_umask);
  target.nice = order.nice;
  target.limits = order.limits;
  return target;
}

// The target's own, with what brood adds in place of what an outer job may have left there.
std::vector<std::string> environment_of(const Keeper& keeper, Order& order) {
  std::vector<std::string> env = std::move(order.env);
  std::erase_if(env, [](const std::string& entry) {
    return entry.compare(0, 10, "BROOD_JOB=") == 0 || entry.compare(0, 16, "BROOD_STATE_DIR=") == 0;
  });
  env.push_back("BROOD_STATE_DIR=" + order.state_path);
  env.push_back("BROOD_JOB=" + std::to_string(keeper.dir.id));
  return env;
}

control::Server open_control(const store::JobDir& dir, const AuthKey& key) {
  os::remove_file_at(dir.fd.get(), store::names::control);  // left by a monitor that was killed
  return {dir.fd.get(), dir.path, store::names::control, dir.id, key};
}

Keeper keep_new(store::StateDir state, Order& order, Place place, bool is_kept, unsigned umask) {
  auto dir = store::make_job_dir(state);
  try {
    auto sentinel = sentinel::Sentinel::hold(dir.fd.get());
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
            false,
            {},
            umask};
  } catch (...) {
    remove_all(state, dir, order.name);
    throw;
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
Keeper keep_created(store::StateDir state, Order& order, Place place, unsigned umask) {
  const std::string what = "start job " + std::to_string(order.created_id);
  auto dir = store::find_job_dir(state, order.created_id);
  if (!dir) throw Error(Errc::no_such_job, what);
  auto record = store::RecordFile::find(*dir, store::RecordFile::Access::update);
  if (!record) throw Error(Errc::no_such_job, what);
  os::lock(record->fd(), os::Lock::exclusive);
  if (os::status_of(record->fd()).links == 0) throw Error(Errc::no_such_job, what);
  JobInfo info = need_created(*record, dir->id);
  auto sentinel = hold_sentinel(*dir, what);
  try {
    auto control = open_control(*dir, order.authkey);
    open_logs(*dir, order);
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
            true,
            std::move(more),
            umask};
  } catch (...) {
    remove_launch_files(*dir);
    throw;
  }
}

}  // namespace

Keeper make_keeper(Order& order, Place place, bool is_kept) {
  // Ours alone, whatever the caller's would do to our files.
  const unsigned caller_umask = os::set_umask(077);
  auto state = store::StateDir::adopt(order.state_path, std::move(order.state_dir));
  Keeper keeper = order.created_id ? keep_created(std::move(state), order, place, caller_umask)
                                   : keep_new(std::move(state), order, place, is_kept, caller_umask);
  return keeper;
}

pid_t launch(Keeper& keeper, Order& order, const sigset_t& mask, bool ignore_sigchld) {
  pid_t pid = 0;
  try {
    const auto env = environment_of(keeper, order);
    launch::Target target = target_of(keeper, order, env);
    target.mask = mask;
    target.ignore_sigchld = ignore_sigchld;
    pid = launch::start_target(target);
  } catch (...) {
    forget(keeper);
    throw;
  }
  keeper.info.pid = pid;
  keeper.info.pid_start_time = os::start_time_of(pid);
  keeper.info.pid_inode = os::pidfd_inode(pid);
  save(keeper);
  order.name_lock.reset();  // whoever waits for the name finds the job, or finds it free
  return pid;
}

void save(Keeper& keeper) noexcept {
  try {
    keeper.record.save_head(store::head_text(keeper.info, keeper.more_fields));
  } catch (const std::exception&) {
  }
}

void stop_control(Keeper& keeper) noexcept {
  keeper.control.stop_listening();
  try {
    os::remove_file_at(keeper.dir.fd.get(), store::names::control);
  } catch (const Error&) {
    // Nobody answers there any more, which is what a client goes by.
  }
}

void forget(Keeper& keeper) noexcept {
  if (!keeper.is_created) {
    remove_all(keeper.state, keeper.dir, keeper.info.name);
    return;
  }
  JobInfo before;
  before.id = keeper.info.id;
  before.name = keeper.info.name;
  before.created_at = keeper.info.created_at;
  keeper.info = before;
  remove_launch_files(keeper.dir);
  save(keeper);
}

}  // namespace brood::monitor
