// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/auth_key.hpp"
#include "brood/error.hpp"
#include "brood/job_info.hpp"
#include "brood/job_spec.hpp"
#include "launch/plan.hpp"
#include "os/fd.hpp"
#include "os/traits.hpp"

namespace brood::monitor {

/// All that a monitor needs to make a job and launch its target. The caller fills it in; a monitor in the background
/// gets it through its channel, whatever start method made it.
struct Order {
  std::string state_path;
  JobId created_id = 0;  // launch this job; 0: make a new one
  bool again = false;    // it may have been launched before, and be over
  std::string name;
  std::string record_tail;  // as it goes into the record, so that the monitor need not understand it
  WallTime created_at{};
  JobId parent_job = 0;          // the new job is a child of this one; 0: of none
  std::string parent_identity;   // "Process-3:1"
  std::string kept_environment;  // for the file of that name, as the store wrote it; may be empty

  std::vector<std::string> argv;
  std::vector<std::string> env;  // the target's, but for what brood itself adds
  std::string cwd;
  std::string stdout_log, stderr_log;  // file names in the job's directory; empty: not captured
  bool joins_streams =
      true;  // standard error goes where standard output goes, unless it has a place of its own
  std::vector<int> keep_fds;  // ascending
  bool inherit_fds = false;
  bool reset_signals = true;
  std::optional<unsigned> umask;
  int nice = 0;
  std::vector<launch::ResourceLimit> limits;

  std::optional<os::Traits> traits;  // the caller's, where the monitor is no child of it
  std::string later_cwd;  // where a later launch begins, when the caller's directory is out of reach
  std::array<std::string, 3>
      later_files;  // what it opens in place of `streams`; empty where nothing was named

  std::optional<std::chrono::milliseconds> timeout;
  int stop_signal = 0;
  std::chrono::milliseconds grace{0};
  OrphanPolicy orphans = OrphanPolicy::leave;

  AuthKey authkey;           // of whoever may command the job
  bool has_own_key = false;  // it is not that of the state directory, and is kept with the job

  // Sent along as descriptors.
  os::Fd state_dir;
  os::Fd name_lock;               // held until the record is on disk; may be empty
  os::Fd parent;                  // pidfd of the process that the job is not to outlive; may be empty
  os::Fd directory;               // the caller's, where the monitor is no child of it
  std::array<os::Fd, 3> streams;  // may be empty
  std::vector<os::Fd> passed;     // one for each of keep_fds; none where the monitor is the caller itself
};

/// What is being done for whoever waits for the outcome: "start 'server'", "restart job 3".
std::string doing_of(const Order& order);

/// To somebody who has gone, it seems to succeed: what has become of him, the outcome says better.
void send_order(int channel, const Order& order);
/// Empty if the channel was closed without one.
std::optional<Order> receive_order(int channel);

/// What the monitor says once the target runs, or cannot.
struct Outcome {
  JobId id = 0;
  std::optional<Error> failure;
};

void send_outcome(int channel, const Outcome& outcome);
/// The same without waiting for anybody; false if it reached nobody.
bool send_outcome_now(int channel, const Outcome& outcome) noexcept;
/// What is said for a monitor that died before it could say anything.
Error monitor_gone();
/// Also monitor_gone().
Outcome receive_outcome(int channel);

}  // namespace brood::monitor
