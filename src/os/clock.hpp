// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>

namespace brood::os {

/// Deadlines and durations: never jumps.
using SteadyTime = std::chrono::steady_clock::time_point;
/// Only for display and records.
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;
using Deadline = std::optional<SteadyTime>;

SteadyTime steady_now();
/// A time so far off that it never comes (or has long been) where the sum would not fit.
SteadyTime later(SteadyTime time, std::chrono::milliseconds duration);
WallTime wall_now();
/// Whichever comes first; empty, no limit, never does.
Deadline earlier(const Deadline& a, const Deadline& b);
/// Empty in, empty out: no limit.
Deadline deadline_after(std::optional<std::chrono::milliseconds> timeout);

}  // namespace brood::os
