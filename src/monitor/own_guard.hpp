// SPDX-License-Identifier: MIT
// The guard of one job, under the start methods that have no server.
#pragma once

#include "os/fd.hpp"

namespace brood::monitor {

/// Forks the monitor, which takes its order from `channel` (serve_background), and stays as long as that does: longer, if
/// the monitor is killed. Returns the process's exit status.
int serve_guarded(os::Fd channel) noexcept;

}  // namespace brood::monitor
