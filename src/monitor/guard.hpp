// SPDX-License-Identifier: MIT
// A guard outlives monitors that are killed: it is their parent, and a subreaper, so their targets become its children.
// What it needs of each is the job's id and key, the state directory, and a share of the sentinel, which therefore does
// not let go when the monitor dies. All else is on record.
#pragma once

#include <optional>

#include "base/auth_key.hpp"
#include "brood/job_info.hpp"
#include "os/fd.hpp"
#include "store/state_dir.hpp"

namespace brood::monitor {

/// What a monitor tells its guard: as soon as it holds its job's sentinel, and when it is about to let it go.
struct Guarded {
  pid_t monitor = 0;
  JobId job = 0;
  AuthKey key;
  bool is_new = false;  // nobody could know of the job before this launch
  os::Fd sentinel;      // empty in a report of the end: only what the job has left behind is still kept
  std::optional<store::StateDir> state;
};

/// A monitor's way to its guard; may lead nowhere.
struct GuardLink {
  os::Fd channel = {};
  bool wants_state = false;  // that of all its jobs is not one and the same
};

/// Never blocks and never fails: a guard that does not listen is none, and the job goes on without.
void tell_guard(const GuardLink& guard, JobId job, const AuthKey& key, bool is_new, int sentinel,
                const store::StateDir& state) noexcept;
void tell_guard_of_end(int guard, JobId job) noexcept;

/// The next report, if there is one. Closes `reports` if there cannot be any more: nobody holds the other end.
std::optional<Guarded> hear_monitor(os::Fd& reports);

}  // namespace brood::monitor
