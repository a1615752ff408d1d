// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include "monitor/foreground.hpp"
#include "monitor/keeper.hpp"
#include "monitor/lifecycle.hpp"
#include "monitor/tree.hpp"
#include "os/process.hpp"

namespace brood::monitor {

/// Watches a launched job to its end: turns signals, requests and time into events of the lifecycle, and carries out
/// what it answers. Every signal must be blocked. Errors of the world are events here, never the end of the watch.
class Monitor {
 public:
  /// `foreign`: children that this process had before the launch; they are no business of the job.
  Monitor(Keeper& keeper, pid_t target, const Policy& policy, std::vector<pid_t> foreign);

  /// Returns when nothing of the job is left, or nothing that it is responsible for.
  void watch();

  Cause cause() const noexcept { return state_.cause; }

 private:
  struct Waiter {
    control::Server::Client client;
    Scope scope;
  };

  void wait_for_news();
  void on_signals();
  void on_signal(const os::Signal& signal);
  void on_children();
  void on_target_ended(const os::End& end);
  void on_request(control::Server::Client client, const control::Request& request);
  void send_to(control::Server::Client client, const control::Request& request);
  void rename(control::Server::Client client, const std::string& name);
  void report(control::Server::Client client);

  void apply(const Event& event);
  void perform(Action action);
  void record();
  void send_stop();
  void send_kill();
  void answer(Scope widest, const control::Answer& answer);
  void look_around();
  Tree tree() const;
  void reap_children();
  bool kill_members(std::vector<pid_t>& killed);
  bool reaches_only_target() const { return state_.scope == Scope::target_only; }

  Keeper& keeper_;
  const pid_t target_;
  const Policy policy_;
  const Walk walk_;
  State state_;
  StopRound round_;
  std::vector<Waiter> waiters_;
  std::optional<Foreground> foreground_;
  os::Fd signals_;
  control::Answer refusal_{control::Kind::failed, {}, {}};
};

}  // namespace brood::monitor
