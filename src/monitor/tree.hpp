// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "brood/job_info.hpp"

namespace brood::monitor {

/// A process found in a tree. The start time tells it from a later process with the same pid.
struct Member {
  pid_t pid = 0;
  pid_t parent = 0;
  std::uint64_t start_time = 0;
  pid_t group = 0;
};

/// Is `pid` the monitor of a job of its own? Such a job is not part of the tree that it was started in.
bool is_monitor(pid_t pid);

/// Is `pid` a monitor, a guard, or a fork server?
bool is_keeper(pid_t pid);

/// How the processes of one job are told from those of others, where they come to the same process as orphans.
struct JobMark {
  std::string state_path;
  JobId id = 0;
  pid_t target = 0;  ///< leads their session
};

/// Which processes are passed over in a walk, and what becomes of the monitors that are met.
struct Walk {
  std::vector<pid_t> foreign = {};  ///< passed over, with all that is below them
  bool enters_monitors =
      false;  ///< the trees of other jobs belong to it, too, but for their monitors themselves
  std::optional<JobMark> only = {};  ///< of the root's own children, those of this job
};

struct Tree {
  std::vector<Member> members;
  std::vector<Member> servers;  ///< fork servers that were met: members of nothing
  /// Was every child of the root seen for what it is? One that had just ended may have left children that have come to
  /// the root unseen: then "no members" proves nothing.
  bool is_settled = true;
};

/// All live descendants of `root`, without the trees of other jobs. Without /proc: none, and not settled.
Tree tree_below(pid_t root, const Walk& walk = {});

/// Sends `signal` if the process is still the one that was found. 0, or an errno (ESRCH: it is gone).
int signal_member(const Member& member, int signal);
/// The same for a signal that asks for an end: a stopped process is continued, or it could not act on it.
int stop_member(const Member& member, int signal);

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
  /// One that could not be signalled after all: it is due again.
  void miss(pid_t pid, std::uint64_t start_time) { reached_.erase({pid, start_time}); }
  void clear() { *this = StopRound(); }

 private:
  std::set<std::pair<pid_t, std::uint64_t>> reached_;
  bool swept_ = false;
};

}  // namespace brood::monitor
