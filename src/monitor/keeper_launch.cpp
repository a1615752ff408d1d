// SPDX-License-Identifier: MIT
// The launches of a keeper: the first, and those that follow it under the same keeper.
#include "launch/start_target.hpp"
#include "monitor/keeper.hpp"
#include "os/clock.hpp"
#include "os/file.hpp"
#include "os/proc.hpp"
#include "os/process.hpp"

namespace brood::monitor {
namespace {

launch::Target target_of(const Keeper& keeper, const Order& order) {
  launch::Target target;
  for (const auto& word : order.argv) target.argv.push_back(word.c_str());
  for (const auto& entry : order.env) target.env.push_back(entry.c_str());
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
void complete_environment(const Keeper& keeper, Order& order) {
  std::erase_if(order.env, [](const std::string& entry) {
    return entry.compare(0, 10, "BROOD_JOB=") == 0 || entry.compare(0, 16, "BROOD_STATE_DIR=") == 0;
  });
  order.env.push_back("BROOD_STATE_DIR=" + order.state_path);
  order.env.push_back("BROOD_JOB=" + std::to_string(keeper.dir.id));
}

// Where the first launch had files that its caller had opened. Made with the umask of that caller, like those.
void open_later_files(const Keeper& keeper, Order& order) {
  const unsigned own = os::set_umask(keeper.caller_umask);
  const auto open = [](const std::string& file, os::Open how) {
    return os::above_streams(os::open_at(os::current_directory(), file, how, 0666));
  };
  try {
    for (std::size_t i = 0; i < 3; ++i)
      if (!order.later_files[i].empty())
        order.streams[i] = open(order.later_files[i], i == 0 ? os::Open::read : os::Open::append);
  } catch (...) {
    (void)os::set_umask(own);
    throw;
  }
  (void)os::set_umask(own);
}

pid_t execute(Keeper& keeper, Order& order, const sigset_t& mask, bool ignore_sigchld) {
  complete_environment(keeper, order);
  launch::Target target = target_of(keeper, order);
  target.mask = mask;
  target.ignore_sigchld = ignore_sigchld;
  const pid_t pid = launch::start_target(target);
  keeper.info.pid = pid;
  keeper.info.pid_start_time = os::start_time_of(pid);
  keeper.info.pid_inode = os::pidfd_inode(pid);
  save(keeper);
  return pid;
}

}  // namespace

void open_logs(const store::JobDir& dir, Order& order) {
  const auto open_log = [&](const std::string& name) {
    return os::open_file_at(dir.fd.get(), name, os::Open::append);
  };
  if (!order.stdout_log.empty()) order.streams[1] = open_log(order.stdout_log);
  if (!order.stderr_log.empty() && order.stderr_log != order.stdout_log)
    order.streams[2] = open_log(order.stderr_log);
}

JobInfo blank(const JobInfo& before) {
  JobInfo info;
  info.id = before.id;
  info.name = before.name;
  info.created_at = before.created_at;
  return info;
}

void describe_launch(JobInfo& info) {
  info.state = JobState::running;
  info.boot_id = os::boot_id();
  info.pid_namespace = os::pid_namespace();
  info.monitor_pid = os::own_pid();
  info.started_at = os::wall_now();
}

pid_t launch(Keeper& keeper, Order& order, const sigset_t& mask, bool ignore_sigchld) {
  try {
    const pid_t pid = execute(keeper, order, mask, ignore_sigchld);
    order.name_lock.reset();  // whoever waits for the name finds the job, or finds it free
    return pid;
  } catch (...) {
    forget(keeper);
    throw;
  }
}

pid_t launch_again(Keeper& keeper, Order& order) {
  const JobInfo before = keeper.info;
  const auto close_streams = [&order] {
    for (auto& stream : order.streams) stream.reset();
  };
  try {
    open_logs(keeper.dir, order);
    open_later_files(keeper, order);
    order.cwd = order.later_cwd;
    keeper.info = blank(before);
    describe_launch(keeper.info);
    save(keeper);
    sigset_t no_signals;
    sigemptyset(&no_signals);
    const pid_t pid = execute(keeper, order, no_signals, false);
    close_streams();
    return pid;
  } catch (...) {
    close_streams();
    keeper.info = before;
    throw;
  }
}

}  // namespace brood::monitor
