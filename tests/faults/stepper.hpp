// SPDX-License-Identifier: MIT
// Runs a brood command one system call at a time, with all the processes that come of it, and does harm at one of them.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "brood/exit_status.hpp"

namespace brood::test {

/// Whose steps are counted: how many forks away from the command.
enum class Role { caller, guard, monitor, child };
const char* to_string(Role role) noexcept;

/// Done to the process when it is about to make its `step`th system call, counted from 1.
struct Fault {
  enum class Kind {
    none,
    kill,   // SIGKILL; the call is not made
    error,  // the call is not made and fails with `error`
  };
  Kind kind = Kind::none;
  Role role = Role::caller;
  int step = 0;
  int error = 0;
};

/// What a gate is opened with: a line for the target, and one for its successor. The caller of a restart may be dead while
/// the first one is still there to take a line along.
constexpr std::string_view opening = "go\ngo\n";

struct Stepping {
  std::vector<std::string> argv;
  /// Where its output goes.
  std::string out, err;
  /// Processes that are there already, and whose steps may be the ones that count.
  std::vector<std::pair<pid_t, Role>> attached;
  /// Who the command is, who its child, and so on. The last executes the target, and is let go then.
  std::vector<Role> family = {Role::caller, Role::guard, Role::monitor, Role::child};
  /// Written to once the caller has ended, or before it begins: the target may end. None: -1.
  int release = -1;
  bool releases_first = false;
  /// All that keep the job are followed to their end; else nobody is once the caller has ended.
  bool follows = true;
  /// Who is not waited for when the rest is followed to its end: the fork server.
  bool guard_stays = false;
};

struct Stepped {
  /// It did not come to an end, though it had a very long time.
  bool hung = false;
  bool reached = false;
  ExitStatus caller = ExitStatus::exited(0);
  /// The system calls that the process made.
  std::vector<long> calls;
  /// How many of them it had made when the caller ended.
  int calls_before_end = 0;
  /// A process of brood's that died of a signal which nobody sent here; empty if none did.
  std::string crash;
  bool released = false;
};

/// Must be called by a process that adopts orphans: that is what the processes are when it returns.
Stepped step_through(const Stepping& stepping, const Fault& fault);

/// May this process watch others at all?
bool can_step();

}  // namespace brood::test
