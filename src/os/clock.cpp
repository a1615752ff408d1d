// SPDX-License-Identifier: MIT
#include "os/clock.hpp"

namespace brood::os {

SteadyTime steady_now() { return std::chrono::steady_clock::now(); }

WallTime wall_now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

Deadline deadline_after(std::optional<std::chrono::milliseconds> timeout) {
  if (!timeout) return std::nullopt;
  return steady_now() + *timeout;
}

}  // namespace brood::os
