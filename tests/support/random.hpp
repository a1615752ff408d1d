// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace brood::test {

/// Numbers that look random and are the same in every run (xorshift64).
class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t next() noexcept {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }
  std::size_t below(std::size_t bound) noexcept { return next() % bound; }
  char byte() noexcept { return static_cast<char>(next() >> 32); }
  std::string bytes(std::size_t count) {
    std::string result;
    while (result.size() < count) result += byte();
    return result;
  }

 private:
  std::uint64_t state_;
};

}  // namespace brood::test
