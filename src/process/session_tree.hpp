// SPDX-License-Identifier: MIT
// A child that leads a session of its own, with all that is in that session or descends from it. Not as complete as what
// a monitor sees of a job: this process is no subreaper, so what leaves the session and loses its parent is not found.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "os/clock.hpp"

namespace brood::process {

struct Member {
  pid_t pid = 0;
  std::uint64_t start_time = 0;
};

/// All but the leader itself, which must not have been reaped.
std::vector<Member> tree_of(pid_t leader);

/// 0, or the errno of the leader's signal. With SIGKILL, until nobody new is found.
int signal_tree(pid_t leader, int leader_pidfd, int signal);
/// Never another process that has come to bear its number.
void signal_member(const Member& member, int signal) noexcept;
/// False if the deadline passed first.
bool are_gone(const std::vector<Member>& members, const os::Deadline& deadline);

}  // namespace brood::process
