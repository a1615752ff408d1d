// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
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

/// The same as 16 lower-case hexadecimal digits.
inline std::string checksum_text(std::string_view bytes) {
  std::string text(16, '0');
  std::uint64_t rest = checksum(bytes);
  for (std::size_t at = text.size(); at-- > 0; rest >>= 4) text[at] = "0123456789abcdef"[rest & 15];
  return text;
}

}  // namespace brood
