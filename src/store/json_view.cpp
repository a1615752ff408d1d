// SPDX-License-Identifier: MIT
#include "store/json_view.hpp"

#include <algorithm>
#include <charconv>

#include "brood/error.hpp"
#include "brood/text.hpp"

namespace brood::store {
namespace {

constexpr int most_depth = 64;
constexpr std::size_t hex_digits = 4;

[[noreturn]] void refuse(std::string_view what) {
  throw Error(Errc::record_damaged, "read record: " + std::string(what));
}

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_high_surrogate(unsigned code) { return code >= 0xd800 && code < 0xdc00; }
bool is_low_surrogate(unsigned code) { return code >= 0xdc00 && code < 0xe000; }

// The four digits at `at`.
std::optional<unsigned> code_unit(std::string_view text, std::size_t at) {
  if (text.size() < at + hex_digits) return std::nullopt;
  unsigned code = 0;
  const char* first = text.data() + at;
  const auto end = std::from_chars(first, first + hex_digits, code, 16);
  if (end.ptr != first + hex_digits || *first == '-') return std::nullopt;
  return code;
}

void append_utf8(std::string& out, unsigned code) {
  const auto add = [&out](unsigned byte) { out += static_cast<char>(byte); };
  const auto add_rest = [&](int shift) { add(0x80 | (code >> shift & 0x3f)); };
  if (code < 0x80) return add(code);
  if (code < 0x800) {
    add(0xc0 | code >> 6);
  } else if (code < 0x10000) {
    add(0xe0 | code >> 12);
    add_rest(6);
  } else {
    add(0xf0 | code >> 18);
    add_rest(12);
    add_rest(6);
  }
  add_rest(0);
}

// Appends what the escape stands for that begins at `at`, and returns where it ends; npos if there is no such escape.
std::size_t unescape(std::string_view text, std::size_t at, std::string& out) {
  constexpr std::string_view letters = "\"\\/bfnrt";
  constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
  if (at + 1 >= text.size()) return std::string_view::npos;
  if (const auto found = letters.find(text[at + 1]); found != std::string_view::npos) {
    out += meanings[found];
    return at + 2;
  }
  const auto code = text[at + 1] == 'u' ? code_unit(text, at + 2) : std::nullopt;
  if (!code || is_low_surrogate(*code)) return std::string_view::npos;
  at += 2 + hex_digits;
  if (!is_high_surrogate(*code)) {
    append_utf8(out, *code);
    return at;
  }
  const auto low = text.substr(at, 2) == "\\u" ? code_unit(text, at + 2) : std::nullopt;
  if (!low || !is_low_surrogate(*low)) return std::string_view::npos;
  append_utf8(out, 0x10000 + ((*code - 0xd800) << 10) + (*low - 0xdc00));
  return at + 2 + hex_digits;
}

// Empty if it holds what is no escape.
std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\\', at), text.size());
    out += text.substr(at, end - at);
    at = end < text.size() ? unescape(text, end, out) : end;
    if (at == std::string_view::npos) return std::nullopt;
  }
  return out;
}

std::string plain(std::string_view text) {
  return text.find('\\') == std::string_view::npos ? std::string(text) : unescaped(text).value_or("");
}

template <class Number>
Number number_from(std::string_view text) {
  Number number{};
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) refuse("impossible number");
  return number;
}

}  // namespace

class JsonParser {
 public:
  explicit JsonParser(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool document(JsonView& value) { return read(value, 0) && (skip_space(), at_ == end_); }

 private:
  using Kind = JsonView::Kind;

  bool read(JsonView& value, int depth) {
    skip_space();
    if (at_ == end_) return false;
    switch (*at_) {
      case '{': return depth < most_depth && parts(value, Kind::object, '}', depth);
      case '[': return depth < most_depth && parts(value, Kind::list, ']', depth);
      case '"': value.kind_ = Kind::string; return string(value.text_);
      case 't': return word(value, Kind::boolean, "true");
      case 'f': return word(value, Kind::boolean, "false");
      case 'n': return word(value, Kind::null, "null");
      default: return number(value);
    }
  }

  bool parts(JsonView& value, Kind kind, char close, int depth) {
    value.kind_ = kind;
    ++at_;
    if (accept(close)) return true;
    if (kind == Kind::object && depth == 0) value.parts_.reserve(40);  // as many as a record has
    do {
      JsonView& part = value.parts_.emplace_back();
      if (kind == Kind::object && !(skip_space(), string(part.key_) && accept(':'))) return false;
      if (!read(part, depth + 1)) return false;
    } while (accept(','));
    return accept(close);
  }

  bool string(std::string_view& text) {
    if (at_ == end_ || *at_ != '"') return false;
    const char* start = ++at_;
    bool is_ascii = true, has_escapes = false;
    for (; at_ != end_ && *at_ != '"'; ++at_) {
      const auto byte = static_cast<unsigned char>(*at_);
      if (byte < 0x20) return false;
      if (byte >= 0x80) is_ascii = false;
      if (byte != '\\') continue;
      has_escapes = true;
      if (++at_ == end_) return false;
    }
    if (at_ == end_) return false;
    text = {start, static_cast<std::size_t>(at_++ - start)};
    return (is_ascii || is_utf8(text)) && (!has_escapes || unescaped(text));
  }

  bool word(JsonView& value, Kind kind, std::string_view expected) {
    value.kind_ = kind;
    value.text_ = {at_, std::min(expected.size(), static_cast<std::size_t>(end_ - at_))};
    at_ += value.text_.size();
    return value.text_ == expected;
  }

  bool number(JsonView& value) {
    value.kind_ = Kind::number;
    const char* start = at_;
    if (*at_ == '-') ++at_;
    const char* first = at_;
    if (!digits() || (*first == '0' && at_ - first > 1)) return false;
    if (at_ != end_ && *at_ == '.' && !(++at_, digits())) return false;
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      ++at_;
      if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
      if (!digits()) return false;
    }
    value.text_ = {start, static_cast<std::size_t>(at_ - start)};
    return true;
  }

  bool digits() {
    const char* start = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return at_ != start;
  }
  void skip_space() {
    while (at_ != end_ && is_space(*at_)) ++at_;
  }
  bool accept(char c) {
    skip_space();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  const char* at_;
  const char* end_;
};

std::optional<JsonView> JsonView::parse(std::string_view text) {
  JsonView value;
  if (!JsonParser(text).document(value)) return std::nullopt;
  return value;
}

bool JsonView::is_number_integer() const noexcept {
  return is_number() && text_.find_first_of(".eE") == std::string_view::npos;
}

const JsonView* JsonView::find(std::string_view key) const {
  if (!is_object()) return end();
  // Of two that have the same key the last counts, as in the JSON library.
  for (const JsonView* part = end(); part-- != begin();)
    if (part->key_ == key) return part;
  return end();
}

const JsonView& JsonView::at(std::string_view key) const {
  const JsonView* found = find(key);
  if (found == end()) refuse("it has no " + std::string(key));
  return *found;
}

const std::vector<JsonView>& JsonView::elements() const {
  if (kind_ != Kind::list) refuse("impossible list");
  return parts_;
}

std::string JsonView::key() const { return plain(key_); }

template <>
bool JsonView::get() const {
  if (kind_ != Kind::boolean) refuse("impossible boolean");
  return text_ == "true";
}
template <>
double JsonView::get() const {
  if (!is_number()) refuse("impossible number");
  return number_from<double>(text_);
}
template <>
std::int64_t JsonView::get() const {
  if (!is_number_integer()) refuse("impossible number");
  return number_from<std::int64_t>(text_);
}
template <>
std::uint64_t JsonView::get() const {
  if (!is_number_unsigned()) refuse("impossible number");
  return number_from<std::uint64_t>(text_);
}
template <>
std::string JsonView::get() const {
  if (!is_string()) refuse("impossible text");
  return plain(text_);
}

}  // namespace brood::store
