// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <system_error>

namespace brood {

/// What errno cannot say. The names are stable: `--json` prints them as `error.code`. So are the numbers, which are sent
/// between versions: new ones come last.
enum class Errc : int {
  bad_value = 1,       ///< an argument or option value is not acceptable
  bad_name,            ///< a job name that no job may bear
  no_such_job,         ///< no record answers to this reference
  ambiguous_job,       ///< several live jobs bear this name
  name_in_use,         ///< `unique` was asked for and a live job bears the name
  already_started,     ///< the job was launched before
  not_started,         ///< the job was created but never launched
  still_running,       ///< the job must have ended for this
  exit_unknown,        ///< the job is over and nobody saw how (state `lost`)
  never_reached,       ///< the state waited for cannot come any more
  record_damaged,      ///< the record cannot be read; nothing is done on its word
  record_too_new,      ///< written by a later format version
  state_dir_refused,   ///< the state directory belongs to, or is writable by, somebody else
  monitor_gone,        ///< the job's monitor does not answer
  protocol_mismatch,   ///< a frame that does not follow the control protocol
  not_inside_job,      ///< `@self` or `@parent` outside a job
  launch_failed,       ///< the target could not be prepared (see the message for the stage)
  unsupported,         ///< this system or build cannot do it
  orphans_alive,       ///< what the ended job has left behind must have ended, too
  daemonic_child,      ///< a daemonic job may start no jobs
  parent_gone,         ///< the process that the job is to be tied to has ended already, or cannot be seen
  server_unreachable,  ///< the fork server's place is taken, and nobody there answers
  server_busy,         ///< the fork server has jobs
  server_unfit,        ///< the fork server cannot give what its client has: limits, a nice value, namespaces
  config_damaged,      ///< the state directory's config.json cannot be read
  config_too_new,      ///< it was written by a later format version
  /// one side of the control channel does not have the job's key; nothing was done
  authentication_failed,
  closed,                ///< the object was closed
  not_parent,            ///< only the process that made the object may do this
  not_transferable,      ///< a target that only `fork` can hand to a child
  not_initialised,       ///< brood::init() was not called at the beginning of main()
  multithreaded,         ///< a fork would copy locks that other threads hold
  context_already_set,   ///< the program's start method was decided before
  unknown_start_method,  ///< there is none of this name
  timed_out,             ///< the time that was given ran out
  worker_died,           ///< the worker of a Pool that had the task has ended
  task_failed,           ///< the task threw an exception; the message is its type and text
  pool_closed,           ///< the pool takes no more tasks
  pool_open,             ///< the pool must be closed or terminated before it is joined
  pool_terminated,       ///< the pool was terminated before the task was done
  init_failed,           ///< the initialiser of a pool's workers fails
};

/// The category of Errc, named "brood".
const std::error_category& error_category() noexcept;
std::error_code make_error_code(Errc code) noexcept;

/// The word that `--json` prints for a code: the Errc's name, or "errno NAME"-like "ENOENT" for system errors.
std::string error_code_name(const std::error_code& code);

/// Every failure that brood reports. `code()` is for programs (an errno in the system category or an Errc),
/// `what()` for people: "doing what: why". multiprocessing raises AssertionError, ValueError or OSError instead.
class Error : public std::system_error {
 public:
  /// `doing` is what was being done and to what ("open '/x/job.json'"); `hint`, if any, what to do about it.
  Error(std::error_code code, const std::string& doing, std::string hint = {});
  Error(Errc code, const std::string& doing, std::string hint = {});

  const char* what() const noexcept override { return message_.c_str(); }
  /// Without the why: "open '/x/job.json'".
  const std::string& doing() const noexcept { return doing_; }
  const std::string& hint() const noexcept { return hint_; }

  /// The exit status of the command line that ends with this error: 125, or 126/127 when the target could not be
  /// executed or was not found.
  int exit_status() const noexcept { return exit_status_; }
  Error& with_exit_status(int status) noexcept;

  /// The same error seen from one layer further out, "outer: doing: why"; unchanged if that is where it was seen from.
  Error during(const std::string& outer) const;

 private:
  std::string doing_;
  std::string message_;
  std::string hint_;
  int exit_status_ = 125;
};

}  // namespace brood

template <>
struct std::is_error_code_enum<brood::Errc> : std::true_type {};
