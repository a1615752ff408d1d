// SPDX-License-Identifier: MIT
#include <charconv>
#include <cmath>
#include <limits>

#include "brood/text.hpp"

namespace brood {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  double ms;
};
constexpr Unit units[] = {{"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}, {"d", 86400e3}, {"w", 604800e3}};

std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  // Digits first: from_chars alone would also take "inf", "nan", "-1" and "1e5".
  const std::size_t end = text.find_first_not_of("0123456789.");
  const std::string_view digits = text.substr(0, end);
  const auto [stop, failure] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
  if (stop != digits.data() + digits.size() || digits == ".") return std::nullopt;
  if (failure == std::errc::result_out_of_range) {
    // More than there are numbers for, or less than nothing: never shorter than what was said.
    const std::string_view whole = digits.substr(0, digits.find('.'));
    const bool is_large = whole.find_first_not_of('0') != std::string_view::npos;
    value = is_large ? std::numeric_limits<double>::max() : std::numeric_limits<double>::min();
  } else if (failure != std::errc{}) {
    return std::nullopt;
  }
  text.remove_prefix(digits.size());
  return value;
}

std::optional<double> take_unit(std::string_view& text) {
  const std::string_view name = text.substr(0, text.find_first_of("0123456789."));
  for (const Unit& unit : units)
    if (unit.name == name) {
      text.remove_prefix(name.size());
      return unit.ms;
    }
  return std::nullopt;
}

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
  if (text == "inf" || text == "infinity") return longest_duration;
  if (text.empty()) return std::nullopt;
  double total = 0;
  for (bool first = true; !text.empty(); first = false) {
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    if (first && text.empty()) {  // a bare number counts seconds
      total = *number * 1e3;
      break;
    }
    const auto unit = take_unit(text);
    if (!unit) return std::nullopt;
    total += *number * *unit;
  }
  if (total >= static_cast<double>(longest_duration.count())) return longest_duration;
  return milliseconds(static_cast<std::int64_t>(std::ceil(total)));  // never early
}

std::string describe_duration(milliseconds duration) {
  const std::int64_t ms = duration.count() < 0 ? 0 : duration.count();
  const std::int64_t s = ms / 1000;
  const auto pair = [](std::int64_t big, const char* one, std::int64_t small, const char* two) {
    std::string text = std::to_string(big) + one;
    if (small > 0) text += " " + std::to_string(small) + two;
    return text;
  };
  if (ms < 1000) return std::to_string(ms) + "ms";
  if (s < 60) return std::to_string(s) + "s";
  if (s < 3600) return pair(s / 60, "m", s % 60, "s");
  if (s < 86400) return pair(s / 3600, "h", s % 3600 / 60, "m");
  return pair(s / 86400, "d", s % 86400 / 3600, "h");
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<long long> parse_integer(std::string_view text, long long least, long long most) {
  long long value = 0;
  const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  if (value < least || value > most) return std::nullopt;
  return value;
}

}  // namespace brood
