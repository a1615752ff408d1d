// SPDX-License-Identifier: MIT
#pragma once

#include <string.h>  // explicit_bzero

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace brood {

/// Overwrites what a secret has passed through; the compiler may not leave it out.
inline void wipe(std::string& bytes) noexcept { ::explicit_bzero(bytes.data(), bytes.size()); }

/// The secret that a job's monitor and those who may command it share. Leaves nothing behind in memory.
class AuthKey {
 public:
  static constexpr std::size_t size = 32;

  AuthKey() = default;  ///< all zeros: a place for a key
  ~AuthKey() { ::explicit_bzero(bytes_.data(), size); }
  AuthKey(const AuthKey&) = default;
  AuthKey& operator=(const AuthKey&) = default;

  /// Empty if there are not exactly so many bytes.
  static std::optional<AuthKey> from(std::string_view bytes) {
    if (bytes.size() != size) return std::nullopt;
    std::optional<AuthKey> key(std::in_place);
    bytes.copy(key->data(), size);
    return key;
  }

  std::string_view bytes() const noexcept { return {bytes_.data(), size}; }
  char* data() noexcept { return bytes_.data(); }

 private:
  std::array<char, size> bytes_{};
};

}  // namespace brood
