// SPDX-License-Identifier: MIT
// The two lives of a monitor.
#pragma once

#include "brood/exit_status.hpp"
#include "monitor/order.hpp"
#include "os/fd.hpp"

namespace brood::monitor {

/// In the background: takes the order from `channel`, answers it, and stays until nothing of the job is left. Returns
/// the process's exit status, which nobody reads.
int serve_background(os::Fd channel) noexcept;

/// In the foreground, in this process: returns when nothing is left that the job is responsible for. Every signal is
/// blocked meanwhile and passed on.
struct ForegroundEnd {
  ExitStatus status = ExitStatus::exited(0);
  bool timed_out = false;
};
ForegroundEnd serve_foreground(Order& order, bool is_kept);

}  // namespace brood::monitor
