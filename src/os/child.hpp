// SPDX-License-Identifier: MIT
// Children that are known by a pidfd: of a program that has others, too, and handlers and threads of its own.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "brood/exit_status.hpp"
#include "os/fd.hpp"

namespace brood::os {

/// What could be learnt about a child.
struct ChildEnd {
  bool has_ended = false;
  std::optional<ExitStatus> status;  // empty: somebody else has taken it, and the kernel does not tell
};

/// Reaps the child, if it has ended, and this process only; never another one. A status that somebody else has taken
/// (waitpid(-1) in a handler), or that nobody was to have (SIGCHLD ignored), is still known to the pidfd from
/// Linux 6.15 on.
ChildEnd reap_child(int pidfd);

/// How a process of anybody's ended, as the kernel keeps it for who has a pidfd: from Linux 6.15 on, and from the moment
/// at which its parent is through with it, which is waited for no longer than `patience`.
std::optional<ExitStatus> kept_status(int pidfd, std::chrono::milliseconds patience);

/// Waits for a child to end, and reaps it, if nobody else does.
void reap_at_end(int pidfd);

/// Waits until a child that has ended can be reaped, or cannot be any more.
void await_reapable(int pidfd);

/// As fork() does it, with flags of clone besides, and a signal for the parent at the child's end. -1, and errno, if it
/// fails. For a process with a single thread.
pid_t fork_with(std::uint64_t flags, int end_signal) noexcept;

/// For a process with a single thread: a forked child whose parent is not this process but its parent.
pid_t fork_for_parent();

/// `signal` comes to this process when the thread that made it ends. False if `parent` has ended already.
bool set_death_signal(int signal, pid_t parent) noexcept;

/// How many threads this process has, without those that are just ending; 0 where it cannot be told.
std::size_t thread_count();
/// Is this the thread that main() was called in? It lasts as long as the process, by and large.
bool is_main_thread() noexcept;

/// As getpgrp and setpgid; a group that this process may not join is left.
pid_t own_group() noexcept;
void join_group(pid_t group) noexcept;

/// The mask of new files' permissions; also where other threads make files meanwhile.
unsigned own_umask();
/// Puts `entries` in the place of this process's environment. They are never freed: what points there may live on.
void replace_environment(const std::vector<std::string>& entries);

/// Every disposition at its default, and no signal blocked.
void reset_signals() noexcept;

}  // namespace brood::os
