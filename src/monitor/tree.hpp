// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <set>
#include <utility>
#include <vector>

namespace brood::monitor {

/// A process found in a tree. The start time tells it from a later process with the same pid.
struct Member {
  pid_t pid = 0;
  pid_t parent = 0;
  std::uint64_t start_time = 0;
};

/// Is `pid` the monitor of a job of its own? Such a job is not part of the tree that it was started in.
bool is_monitor(pid_t pid);

/// All live descendants of `root`, without the trees of other jobs and without those that `skip` names (nor what is
/// below them). Without /proc: none.
std::vector<Member> descendants(pid_t root, const std::function<bool(pid_t)>& skip = {});

/// Sends `signal` if the process is still the one that was found. 0, or an errno (ESRCH: it is gone).
int signal_member(const Member& member, int signal);

/// Whom one stop has reached: nobody gets the stop signal twice.
///
/// The first sweep reaches everybody. A process that appears later is the work of one that is shutting down, which may
/// need it for that; it is reached when its parent has gone and left it to us.
class StopRound {
 public:
  /// The members of a sweep that are to be signalled now. `keeper` is the process that orphans come to.
  std::vector<Member> due(const std::vector<Member>& members, pid_t keeper);
  /// For a member that is signalled outside a sweep. False if it was before.
  bool reach(pid_t pid, std::uint64_t start_time) { return reached_.emplace(pid, start_time).second; }
  void clear() { *this = StopRound(); }

 private:
  std::set<std::pair<pid_t, std::uint64_t>> reached_;
  bool swept_ = false;
};

}  // namespace brood::monitor
