// SPDX-License-Identifier: MIT
#include "jobs/launching.hpp"

#include <utility>

#include "base/during.hpp"
#include "brood/registry.hpp"
#include "jobs/fork_client.hpp"
#include "jobs/launch_order.hpp"
#include "jobs/own_children.hpp"
#include "launch/make_monitor.hpp"
#include "monitor/fork_server.hpp"
#include "monitor/own_guard.hpp"
#include "os/process.hpp"
#include "store/authkey.hpp"

namespace brood {
namespace {

std::optional<launch::MonitorProcess>& standby() {
  static std::optional<launch::MonitorProcess> monitor;
  return monitor;
}

// Set where this program can be executed again as what we need.
bool serves_monitors = false;

launch::MonitorProcess make_monitor(StartMethod method) {
  if (method == StartMethod::spawn) {
    jobs::check_initialised();
    Registry::stand_down();
    return launch::spawn_monitor();
  }
  auto waiting = std::exchange(standby(), std::nullopt);
  return waiting ? std::move(*waiting) : launch::fork_monitor(monitor::serve_guarded);
}

}  // namespace

void Registry::stand_by(int argc, char** argv) {
  if (!standby()) standby() = launch::fork_monitor(monitor::serve_guarded, {argc, argv});
}

void Registry::stand_down() {
  auto waiting = std::exchange(standby(), std::nullopt);
  if (!waiting) return;
  waiting->channel.reset();
  os::wait_for_end(waiting->pid);
}

bool Registry::serve_monitor(int argc, char** argv, int& status) {
  serves_monitors = true;
  launch::Spawned spawned = launch::spawned(argc, argv);
  if (spawned.part == launch::Part::none) return false;
  status = spawned.part == launch::Part::server ? monitor::serve_forks(std::move(spawned.channel))
                                                : monitor::serve_guarded(std::move(spawned.channel));
  return true;
}

namespace jobs {

void check_initialised() {
  if (!serves_monitors)
    throw Error(Errc::not_initialised, "execute this program again",
                "call brood::init(argc, argv) first thing in main()");
}

JobId launch_in_background(const store::StateDir& state, monitor::Order order, StartMethod method) {
  reap_remembered();
  const std::string doing = monitor::doing_of(order);
  if (method == StartMethod::forkserver) {
    const monitor::Outcome outcome = during(doing, [&] { return launch_by_server(state, order); });
    if (outcome.failure) throw *outcome.failure;
    return outcome.id;
  }
  launch::MonitorProcess process = during(doing, [&] { return make_monitor(method); });
  during(doing, [&] { monitor::send_order(process.channel.get(), order); });
  // Its own copies went with the order; the monitor's are the ones that count from here on.
  order = monitor::Order();
  const monitor::Outcome outcome = monitor::receive_outcome(process.channel.get());
  if (!outcome.failure) {
    remember_child(process.pid);
    return outcome.id;
  }
  // One that says why is about to go. Of one that says nothing the guard may be left, and nobody knows until when.
  if (outcome.failure->code() == Errc::monitor_gone)
    remember_child(process.pid);
  else
    os::wait_for_end(process.pid);
  throw *outcome.failure;
}

void launch_recorded(const store::StateDir& state, const OpenJob& job, store::Record record, bool again) {
  const std::string doing = (again ? "restart job " : "start job ") + std::to_string(job.dir.id);
  during(doing, [&] { store::load_environment(job.dir, record.spec.set_env); });
  record.spec.name = record.info.name;
  if (record.spec.cwd.empty()) record.spec.cwd = record.info.cwd;
  check(record.spec, Purpose::start_created);
  auto key = during(doing, [&] { return store::find_authkey(job.dir); });
  if (!key) key = store::need_authkey(state);
  monitor::Order order = make_order(record.spec, recorded_parentage(record.info), key, state, Purpose::start);
  order.created_id = job.dir.id;
  order.again = again;
  (void)launch_in_background(state, std::move(order), *record.spec.method);
}

}  // namespace jobs
}  // namespace brood
