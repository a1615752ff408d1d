// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "launch/plan.hpp"
#include "os/fd.hpp"

namespace brood::launch {

/// A target as its monitor launches it. Strings are only pointed to.
struct Target {
  std::vector<const char*> argv;      // without a terminating null
  std::vector<const char*> programs;  // paths to try in turn; none: argv[0], as a shell finds it
  std::vector<const char*> env;
  std::string cwd;                // empty: the monitor's
  int streams[3] = {-1, -1, -1};  // descriptors above 2; -1 keeps the monitor's own
  std::vector<int> keep_fds;      // ascending
  bool close_others = true;
  bool new_session = true;
  int death_signal = 0;  // comes when the calling thread ends; 0: none
  bool reset_signals = true;
  bool ignore_sigchld = false;
  sigset_t mask{};
  std::optional<unsigned> umask;
  int nice = 0;
  std::vector<ResourceLimit> limits;
};

/// Launches the target; returns its pid once it has been executed. A program that is still open for writing is tried
/// again for a second. Throws an Error that names the stage and the path, with exit_status() 127 for a program that
/// was not found, 126 for one that cannot be executed, 125 for everything before that; then no process is left.
/// Every signal must be blocked meanwhile. A `pidfd` that is asked for is the target's from its first moment on.
pid_t start_target(const Target& target, os::Fd* pidfd = nullptr);

}  // namespace brood::launch
