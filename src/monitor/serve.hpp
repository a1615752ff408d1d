// SPDX-License-Identifier: MIT
// The two lives of a monitor.
#pragma once

#include <functional>
#include <vector>

#include "brood/exit_status.hpp"
#include "monitor/guard.hpp"
#include "monitor/order.hpp"
#include "os/fd.hpp"

namespace brood::monitor {

/// What a process in the background needs first, whatever its orders will be, and hands down to what it forks: the null
/// device as its streams, ends of children, and the knowledge which boot this is, which pid namespace, and whether /proc
/// speaks of it. Signals must be blocked.
void settle();
/// What each needs for itself: the name it shows, and orphans of its children.
void take_part(const char* name);

/// In the background, in a process that has settled, or was forked by one that has: takes the order from `channel`,
/// answers it, and stays until nothing of the job is left. `guard`, if there is one, is told of the job and gets a share
/// of its sentinel (see guard.hpp). Returns the process's exit status: 0 if all has been done and put on record.
int serve_background(os::Fd channel, GuardLink guard) noexcept;

/// Jobs that a job in the foreground is to see ended before it leaves: a descriptor for each, which becomes ready when it
/// is over. Asked again when all of these have; none: then it may leave.
using Others = std::function<std::vector<os::Fd>(JobId)>;

struct ForegroundEnd {
  ExitStatus status = ExitStatus::exited(0);
  bool timed_out = false;
};

/// In the foreground, in this process: returns when nothing is left that the job is responsible for. Every signal is
/// blocked meanwhile and passed on; while only others are waited for, one that asks to end ends the waiting, and is the
/// status.
ForegroundEnd serve_foreground(Order& order, bool is_kept, const Others& others);

}  // namespace brood::monitor
