// SPDX-License-Identifier: MIT
// A guard's side: the monitors that it has made, and the jobs of those that were killed, which it keeps itself from then
// on. Signals must be blocked.
#pragma once

#include <sys/types.h>

#include <list>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "monitor/adopted_job.hpp"
#include "monitor/guard.hpp"
#include "os/poll.hpp"
#include "os/process.hpp"

namespace brood::monitor {

class Wards {
 public:
  /// `reports` is where the monitors say what they keep. All of them work in `state`; without one each says where.
  explicit Wards(os::Fd reports, const store::StateDir* state = nullptr);

  /// A child that is a monitor from now on.
  void add(pid_t monitor) { monitors_.emplace(monitor, std::nullopt); }
  bool any() const noexcept { return !monitors_.empty() || !adopted_.empty(); }
  /// Monitors whose jobs are not known to be over.
  std::size_t at_work() const;
  std::size_t adopted() const noexcept { return adopted_.size(); }

  void add_to(std::vector<pollfd>& fds) const;
  os::Deadline deadline() const;
  /// After a poll: `fds` are those that were added.
  void on_ready(std::span<const pollfd> fds);
  /// After SIGCHLD.
  void on_children();
  void hear_monitors();

 private:
  void on_ended(const os::EndedChild& child);
  void adopt(Guarded guarded);

  os::Fd reports_;
  const store::StateDir* state_;
  std::map<pid_t, std::optional<Guarded>> monitors_;  // empty until it has reported
  std::map<pid_t, os::End> strays_;  // children of ours that have ended and that nobody has claimed
  std::list<AdoptedJob> adopted_;
};

}  // namespace brood::monitor
