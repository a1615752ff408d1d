// SPDX-License-Identifier: MIT
// The sentinel of a job: a FIFO in its directory whose write end its keepers hold, under an exclusive flock. Both are
// things that the kernel takes back, however a keeper ends.
//
// A FIFO that is opened after its last writer has left never reports a hang-up to poll. Hence the lock: a reader opens
// first, then tries a shared lock without blocking. Busy: a keeper was there at or after the open, so the hang-up will
// come. Granted: the job is over, or its keepers are dead, and the record with /proc tells which.
//
// A guard's copy of the descriptor would keep both after the monitor has released them. So then the monitor unlocks, which
// counts for every copy, and writes a byte, which wakes whoever polls as the hang-up would.
#pragma once

#include "os/fd.hpp"

namespace brood::sentinel {

/// The keeper's side. Must be held before the record says that the job runs.
class Sentinel {
 public:
  Sentinel() = default;
  /// Makes and locks the FIFO in a job's directory. Throws Errc::already_started if a keeper has it; one that was left
  /// behind is taken over.
  static Sentinel hold(int job_dir);

  /// One that another keeper of the same job holds, too: the descriptor comes from there.
  static Sentinel take_over(os::Fd fd) { return Sentinel(std::move(fd)); }

  int fd() const noexcept { return fd_.get(); }
  /// Leaves an empty file in place of the FIFO, so that reading it always ends, and lets every waiter go; of one that
  /// a guard has a share of (`is_shared`) also where the guard does not close its copy, because it is stopped.
  void release(int job_dir, bool is_shared = false) noexcept;
  /// Only lets them go: the directory itself is about to be removed.
  void drop() noexcept { fd_.reset(); }

 private:
  explicit Sentinel(os::Fd fd) : fd_(std::move(fd)) {}
  void let_go() noexcept;
  os::Fd fd_;
};

/// A descriptor that hangs up when the job's keepers let go; empty if they have already.
os::Fd watch(int job_dir);
/// Has the job a living keeper?
bool is_held(int job_dir);

}  // namespace brood::sentinel
