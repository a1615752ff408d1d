// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "brood/text.hpp"

namespace brood::store {

/// A JSON object, written from its beginning to its end: what is on the way to every launch and every end needs no tree
/// of values. Reading is left to the JSON library.
class ObjectText {
 public:
  ObjectText() { text_.reserve(512); }

  void null(std::string_view key) { raw(key, "null"); }
  void boolean(std::string_view key, bool value) { raw(key, value ? "true" : "false"); }
  template <std::integral Number>
  void number(std::string_view key, Number value) {
    raw(key, std::to_string(value));
  }
  /// Seconds, to the microsecond.
  void seconds(std::string_view key, double value);
  /// `value` must be UTF-8.
  void string(std::string_view key, std::string_view value);
  void time(std::string_view key, const std::optional<WallTime>& value);
  void object(std::string_view key, const ObjectText& value) { raw(key, value.finished()); }
  /// `value` is JSON already.
  void raw(std::string_view key, std::string_view value);
  /// Text that need not be UTF-8, without loss: KEY for reading, and KEY_hex where that is not the whole truth. Nothing
  /// is added for empty text.
  void text(const std::string& key, const std::string& value);
  /// The same for a list, which may be empty.
  void texts(const std::string& key, const std::vector<std::string>& values);
  std::string finished() const;

 private:
  void begin(std::string_view key);
  void quote(std::string_view value);
  void list(const std::vector<std::string>& values, std::string (*shown)(std::string_view));
  void append(char c);
  std::string text_;
};

}  // namespace brood::store
