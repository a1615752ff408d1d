// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "brood/exit_status.hpp"
#include "brood/job_state.hpp"
#include "brood/start_method.hpp"

namespace brood {

using JobId = std::int64_t;
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

/// What the target used, itself and its waited-for children; known once it has ended.
struct ResourceUsage {
  double user_s = 0;
  double system_s = 0;
  long max_rss_kib = 0;
  long major_faults = 0;
  long block_reads = 0;
  long block_writes = 0;
};

/// Whose child a job is: of the job that it was started in, or else of the process that started it. A daemonic job does
/// not outlive this process, which in a job is its target.
struct Parent {
  std::optional<JobId> job;
  pid_t pid = 0;
  std::uint64_t start_time = 0;  ///< clock ticks since boot; 0 where /proc could not tell
};

/// A job as it was at the moment of asking: its record, and the state that record and kernel together prove.
/// A plain value; it does not follow the job.
struct JobInfo {
  int version = 1;
  JobId id = 0;
  std::string name;
  std::string identity;  ///< "Process-3"; "Process-3:1" is the first job that was started inside that one
  std::map<std::string, std::string> labels;
  std::vector<std::string> target;
  std::string cwd;
  StartMethod start_method = StartMethod::fork;
  bool daemon = false;  ///< it ends with its parent, and may start no jobs
  Parent parent;

  JobState state = JobState::created;
  std::optional<pid_t> pid;          ///< kept after the end
  std::uint64_t pid_start_time = 0;  ///< with pid, boot and namespace: which process that was
  std::uint64_t pid_inode = 0;       ///< the same, exactly, on Linux 6.9 and later: the inode of its pidfd
  std::string boot_id;
  std::uint64_t pid_namespace = 0;
  std::string host;
  pid_t monitor_pid = 0;
  std::optional<ExitStatus> exit_status;  ///< multiprocessing: `exitcode`; empty while running and when lost
  std::string reason;  ///< why it ended or is lost, where that is not the target's own doing
  std::optional<WallTime> created_at, started_at, ended_at;
  std::optional<std::chrono::milliseconds> timeout;
  int orphans = 0;  ///< processes that the ended target left behind and that still live
  std::optional<ResourceUsage> rusage;

  std::string sentinel;    ///< path of the FIFO that hangs up when the job ends
  std::string stdout_log;  ///< path of the captured output; empty when it went elsewhere
  std::string stderr_log;  ///< the same path unless the logs are split

  std::string problem;           ///< state `damaged`: what is wrong with the record
  std::error_code problem_code;  ///< the same for programs
};

}  // namespace brood
