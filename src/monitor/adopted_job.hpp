// SPDX-License-Identifier: MIT
#pragma once

#include <list>

#include "monitor/keeper.hpp"
#include "monitor/monitor.hpp"

namespace brood::monitor {

/// A job whose monitor was killed, kept by this process, whose child its target has become, or what that has left behind.
/// The policy is read from the record; only launching the target again is beyond it, since the environment is not on
/// record.
class AdoptedJob {
 public:
  /// Adds it to `jobs`. Null if there is nothing to keep: the job was closed, or its target is not known to have been
  /// executed; then that is killed, and the job put on record as lost, or, if it is new and its caller is there to be
  /// told (`is_awaited`), removed. Throws what reading the record throws; then `guarded` is as it was.
  /// The job is in `state`, or, if that is null, where its monitor said.
  static AdoptedJob* make(std::list<AdoptedJob>& jobs, const store::StateDir* state, Guarded& guarded,
                          bool is_awaited);

  AdoptedJob(Keeper keeper, const JobSpec& spec);
  AdoptedJob(const AdoptedJob&) = delete;
  AdoptedJob& operator=(const AdoptedJob&) = delete;
  ~AdoptedJob() { stop_control(keeper_); }

  /// Nobody will ever know how its target ended.
  void give_up();
  std::uint64_t target_start_time() const noexcept { return keeper_.info.pid_start_time; }
  Monitor& monitor() noexcept { return monitor_; }
  const Monitor& monitor() const noexcept { return monitor_; }

 private:
  Keeper keeper_;
  Monitor monitor_;
};

}  // namespace brood::monitor
