// SPDX-License-Identifier: MIT
#pragma once

#include <csignal>
#include <optional>

#include "control/server.hpp"
#include "monitor/guard.hpp"
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
  JobInfo info;  // the record's head as it was last meant to be written
  bool is_kept;  // the record stays when the job is over
  std::optional<JobInfo>
      before;               // what the job was before this launch, and becomes again if the launch fails
  std::string more_fields;  // of the record's head, of a later version: handed on as they are
  unsigned caller_umask;    // what the target gets if nothing else was asked for
  bool is_owed = false;     // the record does not say what it was last meant to
  os::Fd guard = {};        // shares the sentinel, and is told here when to let it go; may be empty
};

/// Makes the job: its directory, sentinel, control socket, log files and record, in an order that shows nobody a job that
/// is not kept; so the guard, if there is one, is told before the record is there. `is_kept` false: forget() will be
/// called when the job is over. Throws with nothing left behind.
Keeper make_keeper(Order& order, Place place, bool is_kept, GuardLink guard = {});

/// For a job whose monitor has been killed: everything as that held it, by what it told its guard. Empty if there is
/// nothing to keep: the job was closed, or never recorded, or another keeps it by now. When it throws, `guarded` is as it
/// was, and it may be tried again. Without a control socket, where none can be made: the job matters more.
struct Adopted {
  Keeper keeper;
  JobSpec spec;
};
std::optional<Adopted> adopt_keeper(const store::StateDir& state, Guarded& guarded);

/// Opens the log files that the job is to have.
void open_logs(const store::JobDir& dir, Order& order);
/// The job without anything that its last run left on record, and as it is once it is being launched: running from the
/// start, so that a target finds itself so with its first instruction; the pid follows when it has been executed. A
/// launch that fails takes the job away before anybody was told of it.
JobInfo blank(const JobInfo& info);
void describe_launch(JobInfo& info);

/// Launches the target and puts it on record as running. Throws with nothing left behind.
pid_t launch(Keeper& keeper, Order& order, const sigset_t& mask, bool ignore_sigchld);

/// The same for a target that has run before under this keeper. When it throws, the job is as it was.
pid_t launch_again(Keeper& keeper, Order& order);

/// Writes the head. A failure is no reason to stop watching: the record is owed then, and whoever watches tries again.
void save(Keeper& keeper) noexcept;

/// Closes the control channel for good.
void stop_control(Keeper& keeper) noexcept;

/// Takes the job's files away: it never was, or is not to be remembered.
void forget(Keeper& keeper) noexcept;

}  // namespace brood::monitor
