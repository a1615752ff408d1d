// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "monitor/foreground.hpp"
#include "monitor/keeper.hpp"
#include "monitor/lifecycle.hpp"
#include "monitor/overdue.hpp"
#include "monitor/tree.hpp"
#include "os/process.hpp"

namespace brood::monitor {

struct Launched {
  pid_t pid = 0;
  os::Deadline time_limit;
};

/// What a monitor has to do with besides its job.
struct Surroundings {
  Walk walk = {};      ///< which of this process's children are no business of the job
  os::Fd parent = {};  ///< pidfd of the process that the job is not to outlive; may be empty
  std::function<Launched()> relaunch = {};  ///< launches the target again; empty: it cannot be,
  std::string why_not = {};                 ///< because
};

/// Watches a launched job to its end: turns signals, requests and time into events of the lifecycle, and carries out
/// what it answers. Every signal must be blocked. Errors of the world are events here, never the end of the watch.
class Monitor {
 public:
  Monitor(Keeper& keeper, pid_t target, const Policy& policy, Surroundings surroundings);

  /// Returns when nothing of the job is left, or nothing that it is responsible for. `signals`: from open_signal_fd(),
  /// made before the launch, while a failure is one of the launch.
  void watch(int signals);
  /// Then, for process 1, whose end ends everything: ends all that is left, also the jobs started inside.
  void end_all(int signals);

  Cause cause() const noexcept { return state_.cause; }
  /// In the foreground: has somebody asked this process to end, be it by way of the target?
  bool was_told_to_end() const noexcept { return was_told_to_end_; }

  // Where one process watches several jobs, it has a loop of its own, and calls these:
  bool is_finished() const noexcept { return state_.phase == Phase::finished && !holds_back_; }
  /// 0 once it has ended: from then on its number may be another's.
  pid_t target() const noexcept { return state_.is_target_alive ? target_ : 0; }
  void add_to(std::vector<pollfd>& fds) const;
  os::Deadline deadline() const;
  /// Something that was added is ready.
  void on_ready();
  /// The deadline has passed.
  void on_due();
  /// The target has ended, and has not been reaped.
  void on_target_ended(const os::End& end);
  /// After children have ended and been reaped: what that means for the rest of the tree.
  void look_around();
  /// The record said that it was being stopped when this monitor took over.
  void resume_stop() { apply({Event::Kind::stop, Scope::tree, {}}); }
  /// It said how the target had ended: only what that has left behind was still waited for.
  void resume_ended() { apply({Event::Kind::target_ended, Scope::tree, {}}); }

 private:
  struct Waiter {
    control::Server::Client client;
    Scope scope;
    bool wants_restart = false;
  };

  void wait_for_news(int signal_fd);
  void on_signals(int signal_fd);
  void on_signal(const os::Signal& signal);
  void on_children();
  void take_requests();
  void on_request(control::Server::Client client, const control::Request& request);
  void send_to(control::Server::Client client, const control::Request& request);
  void rename(control::Server::Client client, const std::string& name);
  void restart(control::Server::Client client, const control::Request& request);
  void report(control::Server::Client client);

  void apply(const Event& event);
  void perform(Action action);
  void record();
  void record_again();
  void save_now();
  void release();
  void relaunch();
  void send_stop();
  void send_kill();
  void tell_servers(int signal) const;
  void answer(Scope widest, const control::Answer& answer);
  void answer_restart(const control::Answer& answer);
  template <class Concerned>
  void answer_those(Concerned concerned, const control::Answer& answer);
  Tree tree() const;
  void reap_children();
  bool kill_members(std::vector<pid_t>& killed);
  bool reaches_only_target() const { return state_.scope == Scope::target_only; }

  Keeper& keeper_;
  pid_t target_;
  Policy policy_;
  Surroundings around_;
  State state_;
  StopRound round_;
  std::vector<Waiter> waiters_;
  std::optional<Foreground> foreground_;
  bool was_told_to_end_ = false;
  Overdue overdue_;
  bool holds_back_ = false;  // the job is over, and nobody is told before the record can say so
  control::Answer refusal_{control::Kind::failed, {}, {}};
};

}  // namespace brood::monitor
