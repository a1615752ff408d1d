// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>

#include "brood/job_info.hpp"

namespace brood {

/// The fork server of a state directory, as it was at the moment of asking.
struct ForkServerInfo {
  bool running = false;
  pid_t pid = 0;    ///< 0 if none is running; the rest is of no meaning then
  int jobs = 0;     ///< that it has made and that are not over
  int adopted = 0;  ///< those among them whose monitor was killed, and which the server itself keeps
  std::optional<WallTime> started_at;
  std::optional<std::chrono::milliseconds> idle;  ///< it leaves after so long without a job; empty: it stays
};

/// How long a fork server stays without a job, if nothing else was asked for.
inline constexpr std::chrono::milliseconds default_server_idle{30'000};

}  // namespace brood
