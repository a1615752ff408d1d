// SPDX-License-Identifier: MIT
// What /proc tells. Nothing needed for launching depends on it: without /proc the answers are empty, and callers say
// what they then cannot know.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "os/clock.hpp"

namespace brood::os {

struct ProcessStat {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t group = 0;  ///< its process group
  pid_t session = 0;
  bool is_ending = false;  ///< dying: it may have no memory any more, and so no environment to be known by
  char state = '?';        ///< as in ps: 'Z' and 'X' are dead
  int threads = 0;         ///< those that have not ended, and the first one
  std::uint64_t start_time = 0;  ///< clock ticks since boot; with the pid and the boot an identity
  std::string command;           ///< at most 15 bytes
};

std::optional<ProcessStat> process_stat(pid_t pid);
/// False for zombies, unless other threads of theirs run on.
bool is_running(const ProcessStat& stat);
/// 0 where it cannot be told.
std::uint64_t start_time_of(pid_t pid);

/// When this boot began, as the clock goes now.
WallTime boot_time();

/// How long ago that was; empty where the start time is not known.
std::optional<std::chrono::milliseconds> time_since(std::uint64_t start_time);

/// All that there are; none where /proc cannot tell.
std::vector<pid_t> processes();

/// Is there a /proc, and is it that of our own pid namespace? One of another would speak of other processes.
bool has_proc();
/// The children of a process. They are read from the kernel's own lists where it offers them; a child that ends
/// meanwhile may hide another, so ask again until nothing changes.
std::vector<pid_t> children_of(const ProcessStat& process);
std::vector<pid_t> children_of(pid_t pid);

/// What a variable was when `pid` last executed a program; empty where it had none, or it cannot be told.
std::string first_environment_value(pid_t pid, const std::string& name);

/// Is `pid` an image of the same program file as this process?
bool runs_own_image(pid_t pid);

std::string boot_id();          ///< empty where it cannot be told
std::uint64_t pid_namespace();  ///< 0 where it cannot be told
/// Are these the boot and the pid namespace that this process lives in? Only then does a pid mean the same to it.
bool is_here(const std::string& boot, std::uint64_t namespace_inode);
std::string host_name();

}  // namespace brood::os
