// SPDX-License-Identifier: MIT
// Byte strings between brood's own processes: little-endian integers and length-prefixed strings, one after the other.
// The reader never trusts a length: it stops at the end of its bytes and says so through `ok()`.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace brood {

class WireWriter {
 public:
  template <class Integer>
  requires(std::is_integral_v<Integer> || std::is_enum_v<Integer>) void put(Integer value) {
    const auto wide = static_cast<std::int64_t>(value);
    char bytes[sizeof wide];
    std::memcpy(bytes, &wide, sizeof wide);
    bytes_.append(bytes, sizeof wide);
  }
  void put(std::string_view text) {
    put(text.size());
    bytes_.append(text);
  }
  void put(const char* text) { put(std::string_view(text)); }
  void put(const std::string& text) { put(std::string_view(text)); }
  void put(const std::vector<std::string>& list) {
    put(list.size());
    for (const auto& text : list) put(std::string_view(text));
  }

  const std::string& bytes() const noexcept { return bytes_; }

 private:
  std::string bytes_;
};

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) noexcept : rest_(bytes) {}

  std::int64_t integer() noexcept {
    std::int64_t value = 0;
    if (rest_.size() < sizeof value) {
      fail();
      return 0;
    }
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  /// Points into the bytes that are being read.
  std::string_view text() noexcept {
    const auto length = static_cast<std::uint64_t>(integer());
    if (length > rest_.size()) {
      fail();
      return {};
    }
    const std::string_view value = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return value;
  }
  std::vector<std::string> list() {
    std::vector<std::string> values;
    for (std::int64_t left = integer(); left > 0 && ok_; --left) values.emplace_back(text());
    return values;
  }

  bool ok() const noexcept { return ok_; }
  bool at_end() const noexcept { return ok_ && rest_.empty(); }

 private:
  void fail() noexcept {
    ok_ = false;
    rest_ = {};
  }
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace brood
