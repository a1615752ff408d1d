// SPDX-License-Identifier: MIT
// Copies of this process.
#pragma once

#include <sys/types.h>

#include <memory>

#include "process/server_link.hpp"

namespace brood::process {

/// Errc::multithreaded, if the program has threads. That we keep some for ourselves is no danger: what they may hold at
/// the moment of a fork is not used in the child.
void refuse_threads();

/// As fork(2); the child has let go of what is this process's only (OwnFd). All signals should be blocked.
pid_t fork_here();

/// A fork server that is a copy of this process as it is now. For those whose children shall have what the program has
/// in memory, but who must be able to make some later, when there are threads. Errc::multithreaded.
std::unique_ptr<ServerLink> fork_server_here(bool allow_threads);

}  // namespace brood::process
