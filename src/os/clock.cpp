// SPDX-License-Identifier: MIT
#include "os/clock.hpp"

#include <algorithm>

namespace brood::os {

SteadyTime steady_now() { return std::chrono::steady_clock::now(); }

SteadyTime later(SteadyTime time, std::chrono::milliseconds duration) {
  constexpr std::chrono::hours longest{24 * 365 * 100};
  return time + std::clamp<std::chrono::milliseconds>(duration, -longest, longest);
}

WallTime wall_now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

Deadline earlier(const Deadline& a, const Deadline& b) { return a && b ? std::min(*a, *b) : a ? a : b; }

Deadline deadline_after(std::optional<std::chrono::milliseconds> timeout) {
  if (!timeout) return std::nullopt;
  return later(steady_now(), *timeout);
}

}  // namespace brood::os
