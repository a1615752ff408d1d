// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "brood/logs.hpp"
#include "brood/registry.hpp"
#include "brood/sentinel.hpp"

namespace brood {

/// A job of a state directory, seen as multiprocessing sees a Process:
///
///     brood::Registry registry;
///     const brood::Job job(registry, registry.start(spec));
///     if (!job.join(10s)) job.terminate();
///
/// A handle: an id and a pointer to the Registry, which must outlive it and not be moved meanwhile. Copies mean the same
/// job. Handles begin and end nothing; the job is there for other processes and for later ones, until it is closed.
///
/// Nothing is remembered. Each question reads the record, and is answered for that moment; info() asks for all at once.
/// Every member but id(), registry() and == throws brood::Error, Errc::no_such_job once the job has been closed. Those
/// that depend on the record throw Errc::record_damaged or record_too_new if it cannot be read. All jobs of a Registry
/// are used from one thread at a time, as the Registry itself.
class Job {
 public:
  /// Asks nothing: whether there is such a job shows when it is used. By name: Registry::job.
  Job(Registry& registry, JobId id) noexcept : registry_(&registry), id_(id) {}

  JobId id() const noexcept { return id_; }
  Registry& registry() const noexcept { return *registry_; }
  /// The same job of the same Registry object.
  friend bool operator==(const Job&, const Job&) noexcept = default;

  /// All there is to know. A damaged record is told as its state.
  JobInfo info() const;
  JobState state() const;
  /// is_alive(): does the target, or its next run, live? As brood::is_live.
  bool is_alive() const;
  /// name. To set it, rename().
  std::string name() const;
  /// "Process-3:1": multiprocessing's `_identity`.
  std::string identity() const;
  /// daemon: the job ends with its parent. Fixed when it is made.
  bool daemon() const;
  /// pid: empty before the start, kept after the end. Only between start and end does it mean the target; to send it a
  /// signal, use signal(), which proves that.
  std::optional<pid_t> pid() const;
  /// How it ended: empty until it is over, and for ever if nobody saw it, which is state `lost`.
  std::optional<ExitStatus> exit_status() const;
  /// exitcode: the same as N, or -S for death by signal S.
  std::optional<int> exitcode() const;

  /// parent_process(): the job in which this one was started, as far as it has not been closed; empty if it was in none.
  std::optional<Job> parent() const;
  /// The jobs that were started inside this one, in that order, also ended ones. active_children() are those that live.
  std::vector<Job> children() const;

  /// start(): launches what was created, in this process's environment. Errc::already_started; a target that cannot be
  /// run is an Error with exit_status() 126 or 127.
  void start() const;
  /// join(timeout): blocks until the job is over, and answers with what info() says then, so that `exit_status` is how it
  /// ended and empty if it is `lost`. Empty when the time ran out first. Errc::not_started.
  std::optional<JobInfo> join(Timeout timeout = {}) const;
  /// The same for any length of time: see timeout_of().
  template <class Rep, class Period>
  std::optional<JobInfo> join(std::chrono::duration<Rep, Period> timeout) const {
    return join(timeout_of(timeout));
  }
  /// sentinel: see Registry::sentinel. A new one with each call, owned by the caller.
  Sentinel sentinel() const;

  /// terminate(): the stop signal, then SIGCONT, then after `grace` (empty: the job's own) SIGKILL; returns when all is
  /// gone. On a job that is over it reaches what that has left behind.
  void terminate(std::optional<std::chrono::milliseconds> grace = {}, Scope scope = Scope::tree) const;
  /// kill(): SIGKILL, and wait until all is gone.
  void kill(Scope scope = Scope::tree) const;
  /// interrupt(): only sends SIGINT.
  void interrupt(Scope scope = Scope::tree) const;
  /// Only sends `signal`.
  void signal(int signal, Scope scope = Scope::tree) const;
  /// Ends it if it lives, and launches its target again under the same id: Registry::restart.
  void restart(std::optional<std::chrono::milliseconds> grace = {}) const;

  /// name = ...
  void rename(const std::string& name) const;
  /// close(): forgets a job that is not running and removes its files. Errc::still_running, orphans_alive.
  void close() const;
  /// Gives the captured output to `sink`, which returns false to stop: read_logs.
  void logs(const LogOptions& options, const std::function<bool(std::string_view)>& sink) const;

 private:
  JobInfo readable() const;

  Registry* registry_;
  JobId id_;
};

}  // namespace brood
