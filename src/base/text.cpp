// SPDX-License-Identifier: MIT
#include "brood/text.hpp"

#include <array>
#include <cstdint>

namespace brood {
namespace {

struct Character {
  char32_t code = 0;
  std::size_t length = 0;  // 0: not UTF-8 at this place
};

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Strict: no overlong forms, no surrogates, nothing above U+10FFFF.
Character character_at(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > text.size()) return {};
  char32_t code = first & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(text[at + i])) return {};
    code = code << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3fu);
  }
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return {};
  return {code, length};
}

// Besides C0 and C1: characters that reorder or break a line without being seen.
bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069) || code == 0x200e || code == 0x200f || code == 0x61c ||
         code == 0xfeff;
}

struct Range {
  char32_t first, last;
};

// East Asian wide and full-width characters, and the emoji that are shown as pictures by default.
constexpr Range wide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b}, {0x23e9, 0x23ec}, {0x23f0, 0x23f0}, {0x23f3, 0x23f3},
    {0x25fd, 0x25fe},   {0x2614, 0x2615}, {0x2648, 0x2653}, {0x267f, 0x267f}, {0x2693, 0x2693},
    {0x26a1, 0x26a1},   {0x26aa, 0x26ab}, {0x26bd, 0x26be}, {0x26c4, 0x26c5}, {0x26ce, 0x26ce},
    {0x26d4, 0x26d4},   {0x26ea, 0x26ea}, {0x26f2, 0x26f3}, {0x26f5, 0x26f5}, {0x26fa, 0x26fa},
    {0x26fd, 0x26fd},   {0x2705, 0x2705}, {0x270a, 0x270b}, {0x2728, 0x2728}, {0x274c, 0x274c},
    {0x274e, 0x274e},   {0x2753, 0x2755}, {0x2757, 0x2757}, {0x2795, 0x2797}, {0x27b0, 0x27b0},
    {0x27bf, 0x27bf},   {0x2b1b, 0x2b1c}, {0x2b50, 0x2b50}, {0x2b55, 0x2b55}, {0x2e80, 0xa4cf},
    {0xac00, 0xd7a3},   {0xf900, 0xfaff}, {0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0x1f300, 0x1faff},
    {0x20000, 0x3fffd},
};

constexpr char32_t all_narrow_below = 0x300;  // and nothing combines there

bool is_wide(char32_t code) {
  for (const Range& range : wide)
    if (code >= range.first && code <= range.last) return true;
  return false;
}

bool is_combining(char32_t code) {
  return (code >= 0x300 && code <= 0x36f) || code == 0x200b || code == 0x200c || code == 0x200d ||
         (code >= 0xfe00 && code <= 0xfe0f);
}

void append_escaped(std::string& out, std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const char byte : bytes) {
    switch (byte) {
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      case '\r': out += "\\r"; break;
      case '\033': out += "\\e"; break;
      default:
        out += "\\x";
        out += digits[static_cast<unsigned char>(byte) >> 4];
        out += digits[static_cast<unsigned char>(byte) & 15];
    }
  }
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Character c = character_at(text, at);
    const std::size_t length = c.length ? c.length : 1;
    if (!c.length || is_control(c.code))
      append_escaped(out, text.substr(at, length));
    else
      out += text.substr(at, length);
    at += length;
  }
  return out;
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,:/@%^";
  std::string shown = printable(text);
  if (!shown.empty() && shown.find_first_not_of(plain) == std::string::npos) return shown;
  std::string quoted = "'";
  for (const char c : shown) {
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  }
  return quoted + "'";
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Character c = character_at(text, at);
    if (!c.length) return false;
    at += c.length;
  }
  return true;
}

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Character c = character_at(text, at);
    at += c.length ? c.length : 1;
    if (c.code < all_narrow_below)
      columns += 1;
    else if (!is_combining(c.code))
      columns += is_wide(c.code) ? 2u : 1u;
  }
  return columns;
}

std::string fit(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t used = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const Character c = character_at(text, at);
    const std::size_t length = c.length ? c.length : 1;
    const std::size_t needed = display_width(text.substr(at, length));
    if (used + needed > columns - 1) break;
    used += needed;
    at += length;
  }
  return std::string(text.substr(0, at)) + "…";
}

std::string job_name_problem(std::string_view name) {
  if (name.empty()) return "a name cannot be empty";
  if (name.size() > 255) return "a name cannot be longer than 255 bytes";
  if (name[0] == '-' || name[0] == '@') return "a name cannot begin with '-' or '@'";
  if (name.find('/') != std::string_view::npos) return "a name cannot contain '/'";
  if (is_digits(name)) return "a name cannot be all digits: those are ids";
  for (std::size_t at = 0; at < name.size();) {
    const Character c = character_at(name, at);
    if (!c.length) return "a name must be UTF-8";
    if (is_control(c.code)) return "a name cannot contain control characters";
    at += c.length;
  }
  return {};
}

}  // namespace brood
