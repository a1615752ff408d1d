// SPDX-License-Identifier: MIT
#include <utility>

#include "brood/text.hpp"
#include "jobs/launch_order.hpp"
#include "jobs/registry_impl.hpp"
#include "launch/make_monitor.hpp"
#include "monitor/serve.hpp"
#include "os/clock.hpp"
#include "os/process.hpp"
#include "store/authkey.hpp"
#include "store/job_dir.hpp"
#include "store/name_index.hpp"

namespace brood {
namespace {

using jobs::Purpose;

std::optional<launch::MonitorProcess>& standby() {
  static std::optional<launch::MonitorProcess> monitor;
  return monitor;
}

launch::MonitorProcess make_monitor(StartMethod method) {
  if (method == StartMethod::spawn) {
    Registry::stand_down();
    return launch::spawn_monitor();
  }
  auto waiting = std::exchange(standby(), std::nullopt);
  return waiting ? std::move(*waiting) : launch::fork_monitor(monitor::serve_background);
}

// Monitors whose jobs are over are children of ours, as long as we live: taken away with the next start.
std::vector<pid_t>& own_monitors() {
  static std::vector<pid_t> monitors;
  return monitors;
}

JobId launch_in_background(monitor::Order order, StartMethod method) {
  std::erase_if(own_monitors(), [](pid_t pid) { return os::reap(pid); });
  launch::MonitorProcess process = make_monitor(method);
  monitor::send_order(process.channel.get(), order);
  // Its own copies went with the order; the monitor's are the ones that count from here on.
  order = monitor::Order();
  const monitor::Outcome outcome = monitor::receive_outcome(process.channel.get());
  if (!outcome.failure) {
    own_monitors().push_back(process.pid);
    return outcome.id;
  }
  os::wait_for_end(process.pid);
  throw *outcome.failure;
}

}  // namespace

void Registry::stand_by(int argc, char** argv) {
  if (!standby()) standby() = launch::fork_monitor(monitor::serve_background, {argc, argv});
}

void Registry::stand_down() {
  auto waiting = std::exchange(standby(), std::nullopt);
  if (!waiting) return;
  waiting->channel.reset();
  os::wait_for_end(waiting->pid);
}

bool Registry::serve_monitor(int argc, char** argv, int& status) {
  os::Fd channel = launch::spawned_channel(argc, argv);
  if (!channel) return false;
  status = monitor::serve_background(std::move(channel));
  return true;
}

JobId Registry::start(const JobSpec& asked, NameRule rule) {
  jobs::check(asked, Purpose::start);
  const JobSpec spec = jobs::completed(asked);
  const auto key = jobs::key_in_file(spec.authkey_file);
  const store::StateDir& state = impl_->make();
  monitor::Order order = jobs::make_order(spec, state, Purpose::start);
  jobs::give_key(order, state, key);
  if (rule != NameRule::any) {
    // The lock travels with the order and is held until the new record can be seen, also if this process is killed.
    order.name_lock = state.lock_name(spec.name);
    for (const auto& info : impl_->bearers(spec.name)) {
      if (!is_live(info.state)) continue;
      if (rule == NameRule::reuse) return info.id;
      if (rule == NameRule::unique)
        throw Error(Errc::name_in_use,
                    "start '" + printable(spec.name) + "': job " + std::to_string(info.id));
      if (const auto failures = terminate({info.id}); !failures.empty()) throw Error(failures.front().error);
    }
  }
  return launch_in_background(std::move(order), *spec.method);
}

JobId Registry::create(const JobSpec& asked) {
  jobs::check(asked, Purpose::create);
  const JobSpec spec = jobs::anchored(jobs::completed(asked));
  auto key = jobs::key_in_file(spec.authkey_file);
  const store::StateDir& state = impl_->make();
  if (!key) key = jobs::inherited_key(state);
  const os::PrivateUmask umask;
  const store::JobDir dir = store::make_job_dir(state);
  try {
    if (!spec.set_env.empty()) store::save_environment(dir, spec.set_env);
    if (key) store::save_authkey(dir, *key);
    JobInfo info;
    info.id = dir.id;
    info.name = spec.name;
    info.created_at = os::wall_now();
    store::add_to_index(state, spec.name, dir.id);
    (void)store::RecordFile::make(dir, info, jobs::record_tail(spec, state.path(), Purpose::create));
  } catch (...) {
    store::remove_job_dir(state, dir, spec.name);
    throw;
  }
  return dir.id;
}

void Registry::start(JobId created) {
  const jobs::OpenJob job = impl_->open(created);
  store::Record record = jobs::examine(job);
  if (record.info.state == JobState::damaged) jobs::refuse_damaged(record.info);
  if (record.info.state != JobState::created)
    throw Error(Errc::already_started, "start job " + std::to_string(created));
  store::load_environment(job.dir, record.spec.set_env);
  record.spec.name = record.info.name;
  jobs::check(record.spec, Purpose::start_created);
  monitor::Order order = jobs::make_order(record.spec, *impl_->find(), Purpose::start);
  order.created_id = created;
  const auto key = store::find_authkey(job.dir);
  order.authkey = key ? *key : store::need_authkey(*impl_->find());
  (void)launch_in_background(std::move(order), *record.spec.method);
}

RunResult Registry::run(const JobSpec& asked) {
  jobs::check(asked, Purpose::run);
  const JobSpec spec = jobs::completed(asked);
  const auto key = jobs::key_in_file(spec.authkey_file);
  const store::StateDir& state = impl_->make();
  monitor::Order order = jobs::make_order(spec, state, Purpose::run);
  jobs::give_key(order, state, key);
  const auto end = monitor::serve_foreground(order, asked.keep || !asked.name.empty());
  return {end.status, end.timed_out};
}

}  // namespace brood
