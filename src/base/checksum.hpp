// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

namespace brood {

/// FNV-1a, 64 bits: tells a torn or edited record head from a whole one. No protection against malice, and none is
/// needed: whoever can write the record owns the job.
constexpr std::uint64_t checksum(std::string_view bytes) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : bytes) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= 0x100000001b3;
  }
  return hash;
}

}  // namespace brood
