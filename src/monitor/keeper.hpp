// SPDX-License-Identifier: MIT
#pragma once

#include <csignal>
#include <optional>

#include "control/server.hpp"
#include "monitor/order.hpp"
#include "sentinel/sentinel.hpp"
#include "store/job_dir.hpp"
#include "store/state_dir.hpp"

namespace brood::monitor {

/// Where a monitor works.
enum class Place {
  background,  ///< in a session of its own, apart from its caller
  foreground,  ///< in the process that was called: `run`
};

/// What the monitor of a launched job holds, and what it says of the job.
struct Keeper {
  Place place = Place::background;
  store::StateDir state;
  store::JobDir dir;
  store::RecordFile record;
  sentinel::Sentinel sentinel;
  control::Server control;
  JobInfo info;     // the record's head as it was last meant to be written
  bool is_kept;     // the record stays when the job is over
  bool is_created;  // the job was there before this launch, and goes back to `created` if the launch fails
  std::string more_fields;  // of the record's head, of a later version: handed on as they are
  unsigned caller_umask;    // what the target gets if nothing else was asked for
};

/// `is_kept` false: forget() will be called when the job is over. Makes the job: its directory, sentinel, control socket, log files and record, in an order that shows nobody a job
/// that is not kept. Throws with nothing left behind.
Keeper make_keeper(Order& order, Place place, bool is_kept);

/// Launches the target and puts it on record as running. Throws with nothing left behind.
pid_t launch(Keeper& keeper, Order& order, const sigset_t& mask, bool ignore_sigchld);

/// Writes the head. A failure is no reason to stop watching: what cannot be written now is written with the next change.
void save(Keeper& keeper) noexcept;

/// Closes the control channel for good.
void stop_control(Keeper& keeper) noexcept;

/// Takes the job's files away: it never was, or is not to be remembered.
void forget(Keeper& keeper) noexcept;

}  // namespace brood::monitor
