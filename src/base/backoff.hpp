// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>

namespace brood {

/// The pauses between attempts at something that fails: each twice as long as the one before, up to a limit.
class Backoff {
 public:
  constexpr Backoff(std::chrono::milliseconds first, std::chrono::milliseconds longest) noexcept
      : next_(first), longest_(longest) {}

  std::chrono::milliseconds next() noexcept {
    const auto pause = next_;
    next_ = std::min(2 * next_, longest_);
    return pause;
  }

 private:
  std::chrono::milliseconds next_, longest_;
};

}  // namespace brood
