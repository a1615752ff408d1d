// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <csignal>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "brood/start_method.hpp"

namespace brood {

/// What becomes of the processes that a target leaves behind when it ends by itself.
enum class OrphanPolicy {
  leave,  ///< they run on; the monitor stays until the last is gone, so that `terminate` still reaches them
  wait,   ///< the job is over only when they are
  terminate,  ///< they are terminated
};

std::string_view to_string(OrphanPolicy policy) noexcept;
std::optional<OrphanPolicy> parse_orphan_policy(std::string_view word) noexcept;

/// A resource limit: the value of one or both of its bounds, in the unit of setrlimit(2); `unlimited` stands for none.
struct Limit {
  static constexpr unsigned long long unlimited = ~0ULL;
  std::string name;  ///< "nofile", "core", ... (see `limit_names`)
  unsigned long long soft = unlimited;
  unsigned long long hard = unlimited;
};

/// Everything that can be asked of a job before it is launched. Each field's initial value is its default.
struct JobSpec {
  std::vector<std::string> target;  ///< argv, passed on byte for byte; never empty
  std::string name;                 ///< empty: the base name of target[0]
  std::map<std::string, std::string> labels;
  std::optional<StartMethod> method;  ///< empty: Registry::start_method()

  std::optional<bool>
      daemon;  ///< multiprocessing: `daemon`; empty: as the job in which it is created, else false
  /// Whose child the job is: the number of a process, "pid:N", "job:ID", the name of a live job, "@self" or "@parent".
  /// Empty: of the surrounding job, else of the calling process's parent.
  std::string parent;

  std::string cwd;                             ///< empty: the caller's
  bool clear_env = false;                      ///< start from an empty environment
  std::vector<std::string> unset_env;          ///< names to remove
  std::map<std::string, std::string> set_env;  ///< names to set; the last word on a name

  std::string stdin_file;   ///< empty: /dev/null (`run`: the caller's)
  std::string stdout_file;  ///< empty: the job's log (`run`: the caller's); appended to
  std::string stderr_file;  ///< empty: where stdout goes (`run`: the caller's); appended to
  bool split_logs = false;  ///< stdout.log and stderr.log instead of one output.log

  std::vector<int> pass_fds;  ///< descriptors above 2 that the target keeps, under their numbers
  bool inherit_fds = false;   ///< the target keeps every descriptor of the caller (not under spawn)
  std::optional<unsigned> umask;
  std::optional<int> nice;  ///< added to the caller's nice value
  std::vector<Limit> limits;

  std::optional<std::chrono::milliseconds> timeout;  ///< run-time limit, after which the job is terminated
  int stop_signal = SIGTERM;
  std::chrono::milliseconds grace{10'000};  ///< between the stop signal and SIGKILL
  std::optional<OrphanPolicy> orphans;      ///< empty: leave (`run`: terminate)
  bool keep = false;                        ///< `run` only: keep the record when the target has ended
  /// A file whose content is the key for those who may end or change the job; empty: the key of the surrounding job,
  /// else that of the state directory. Read once, when the job is made.
  std::string authkey_file;
};

/// How `start` treats a live job that bears the same name. Race-free between simultaneous callers.
enum class NameRule {
  any,      ///< names are labels; several jobs may bear one
  unique,   ///< refuse with Errc::name_in_use
  replace,  ///< terminate it first
  reuse,    ///< start nothing; the answer is that job
};

/// The names that Limit accepts, for messages and completions.
std::vector<std::string_view> limit_names();

}  // namespace brood
