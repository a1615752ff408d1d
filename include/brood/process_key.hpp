// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace brood {

/// multiprocessing's `authkey`: bytes that a program and its children share, and nobody else. It goes to a child with the
/// fork or through a private descriptor; it is never in a command line, an environment, a record or a message, and
/// leaves nothing behind in memory.
class ProcessKey {
 public:
  /// Errc::bad_value if there are none.
  explicit ProcessKey(std::span<const std::byte> bytes);
  ~ProcessKey();
  ProcessKey(const ProcessKey&) = default;
  ProcessKey& operator=(const ProcessKey& other);

  /// 32 bytes of the operating system's random source.
  static ProcessKey random();

  /// As long as the key lives; so not of a temporary one.
  std::span<const std::byte> bytes() const& noexcept { return bytes_; }
  std::span<const std::byte> bytes() const&& = delete;
  /// Takes the same time wherever they differ.
  friend bool operator==(const ProcessKey& a, const ProcessKey& b) noexcept;

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace brood
