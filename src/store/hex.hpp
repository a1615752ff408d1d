// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "brood/text.hpp"

namespace brood::store {

inline std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (const char byte : bytes) {
    hex += digits[static_cast<unsigned char>(byte) >> 4];
    hex += digits[static_cast<unsigned char>(byte) & 15];
  }
  return hex;
}

/// UTF-8 as it is; in other text, every byte above 127 becomes U+FFFD.
inline std::string readable(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  std::string shown;
  for (const char byte : text) {
    if (static_cast<unsigned char>(byte) < 0x80)
      shown += byte;
    else
      shown += "\uFFFD";
  }
  return shown;
}

/// Stops at the first pair that is no number.
inline std::string from_hex(std::string_view hex) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    if (digit(hex[i]) < 0 || digit(hex[i + 1]) < 0) break;
    bytes += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  }
  return bytes;
}

}  // namespace brood::store
