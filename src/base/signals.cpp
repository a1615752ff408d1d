// SPDX-License-Identifier: MIT
#include <algorithm>
#include <csignal>
#include <cstring>

#include "brood/text.hpp"

namespace brood {
namespace {

std::string upper(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c); });
  return result;
}

std::optional<int> parse_real_time(std::string_view name) {
  const bool from_min = name.substr(0, 5) == "RTMIN";
  if (!from_min && name.substr(0, 5) != "RTMAX") return std::nullopt;
  const int base = from_min ? SIGRTMIN : SIGRTMAX;
  name.remove_prefix(5);
  if (name.empty()) return base;
  if (name[0] != (from_min ? '+' : '-')) return std::nullopt;
  const auto offset = parse_integer(name.substr(1), 0, SIGRTMAX - SIGRTMIN);
  if (!offset) return std::nullopt;
  return base + static_cast<int>(from_min ? *offset : -*offset);
}

}  // namespace

std::optional<int> parse_signal(std::string_view text) {
  if (const auto number = parse_integer(text, 1, SIGRTMAX)) {
    if (*number >= 32 && *number < SIGRTMIN) return std::nullopt;  // the C library keeps these for itself
    return static_cast<int>(*number);
  }
  std::string name = upper(text);
  if (name.compare(0, 3, "SIG") == 0) name.erase(0, 3);
  if (name == "IOT") return SIGABRT;
  if (name == "CLD") return SIGCHLD;
  if (name == "POLL") return SIGIO;
  for (int number = 1; number < 32; ++number)
    if (const char* known = sigabbrev_np(number); known && name == known) return number;
  return parse_real_time(name);
}

std::string signal_name(int signal) {
  if (signal > 0 && signal < 32)
    if (const char* name = sigabbrev_np(signal)) return std::string("SIG") + name;
  if (signal >= SIGRTMIN && signal <= SIGRTMAX)
    return signal == SIGRTMIN ? "SIGRTMIN" : "SIGRTMIN+" + std::to_string(signal - SIGRTMIN);
  return "SIG" + std::to_string(signal);
}

}  // namespace brood
