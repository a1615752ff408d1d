// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "brood/text.hpp"
#include "store/hex.hpp"

namespace brood::store {

/// A JSON object, written from its beginning to its end: what is on the way to every launch and every end needs no tree
/// of values. Reading is left to the JSON library.
class ObjectText {
 public:
  ObjectText() { text_.reserve(512); }

  void null(std::string_view key) { raw(key, "null"); }
  void boolean(std::string_view key, bool value) { raw(key, value ? "true" : "false"); }
  template <class Number>
  void number(std::string_view key, Number value) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, value);
    raw(key, {digits, static_cast<std::size_t>(end.ptr - digits)});
  }
  /// `value` must be UTF-8.
  void string(std::string_view key, std::string_view value) {
    begin(key);
    quote(value);
  }
  void time(std::string_view key, const std::optional<WallTime>& value) {
    if (value)
      string(key, time_text(*value));
    else
      null(key);
  }
  void object(std::string_view key, const ObjectText& value) { raw(key, value.finished()); }
  /// `value` is JSON already.
  void raw(std::string_view key, std::string_view value) {
    begin(key);
    text_ += value;
  }
  /// Text that need not be UTF-8, without loss: KEY for reading, and KEY_hex where that is not the whole truth. Nothing
  /// is added for empty text.
  void text(const std::string& key, const std::string& value) {
    if (value.empty()) return;
    string(key, readable(value));
    if (!is_utf8(value)) string(key + "_hex", to_hex(value));
  }
  /// The same for a list, which may be empty.
  void texts(const std::string& key, const std::vector<std::string>& values) {
    begin(key);
    list(values, readable);
    if (std::all_of(values.begin(), values.end(), is_utf8)) return;
    begin(key + "_hex");
    list(values, to_hex);
  }
  std::string finished() const { return (text_.empty() ? "{" : text_) + "}"; }

 private:
  // Keys, too, may come from outside.
  void begin(std::string_view key) {
    text_ += text_.empty() ? '{' : ',';
    quote(key);
    text_ += ':';
  }
  void quote(std::string_view value) {
    const auto is_plain = [](char c) {
      return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
    };
    text_ += '"';
    if (std::all_of(value.begin(), value.end(), is_plain))
      text_ += value;
    else
      for (const char c : value) append(c);
    text_ += '"';
  }
  void list(const std::vector<std::string>& values, std::string (*shown)(std::string_view)) {
    text_ += '[';
    for (const auto& value : values) {
      if (&value != &values.front()) text_ += ',';
      quote(shown(value));
    }
    text_ += ']';
  }
  void append(char c) {
    if (static_cast<unsigned char>(c) < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", c);
      text_ += escaped;
      return;
    }
    if (c == '"' || c == '\\') text_ += '\\';
    text_ += c;
  }
  std::string text_;
};

}  // namespace brood::store
