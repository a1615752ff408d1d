// SPDX-License-Identifier: MIT
#include "store/object_text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>

#include "store/hex.hpp"

namespace brood::store {

// By whole numbers: the conversion that is exact for all others comes with tables, and this is in every end of a job.
void ObjectText::seconds(std::string_view key, double value) {
  constexpr std::int64_t most = 1'000'000'000'000;  // times a million, this is still a number
  const auto micros = std::llround(std::clamp<double>(value, 0, most) * 1e6);
  std::string text = std::to_string(micros / 1'000'000);
  if (const auto rest = micros % 1'000'000) {
    text += '.' + std::to_string(1'000'000 + rest).substr(1);
    text.resize(text.find_last_not_of('0') + 1);
  }
  raw(key, text);
}

void ObjectText::string(std::string_view key, std::string_view value) {
  begin(key);
  quote(value);
}

void ObjectText::time(std::string_view key, const std::optional<WallTime>& value) {
  if (value)
    string(key, time_text(*value));
  else
    null(key);
}

void ObjectText::raw(std::string_view key, std::string_view value) {
  begin(key);
  text_ += value;
}

void ObjectText::text(const std::string& key, const std::string& value) {
  if (value.empty()) return;
  string(key, readable(value));
  if (!is_utf8(value)) string(key + "_hex", to_hex(value));
}

void ObjectText::texts(const std::string& key, const std::vector<std::string>& values) {
  begin(key);
  list(values, readable);
  if (std::all_of(values.begin(), values.end(), is_utf8)) return;
  begin(key + "_hex");
  list(values, to_hex);
}

std::string ObjectText::finished() const { return (text_.empty() ? "{" : text_) + "}"; }

// Keys, too, may come from outside.
void ObjectText::begin(std::string_view key) {
  text_ += text_.empty() ? '{' : ',';
  quote(key);
  text_ += ':';
}

void ObjectText::quote(std::string_view value) {
  const auto is_plain = [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; };
  text_ += '"';
  if (std::all_of(value.begin(), value.end(), is_plain))
    text_ += value;
  else
    for (const char c : value) append(c);
  text_ += '"';
}

void ObjectText::list(const std::vector<std::string>& values, std::string (*shown)(std::string_view)) {
  text_ += '[';
  for (const auto& value : values) {
    if (&value != &values.front()) text_ += ',';
    quote(shown(value));
  }
  text_ += ']';
}

void ObjectText::append(char c) {
  if (static_cast<unsigned char>(c) < 0x20) {
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\u%04x", c);
    text_ += escaped;
    return;
  }
  if (c == '"' || c == '\\') text_ += '\\';
  text_ += c;
}

}  // namespace brood::store
