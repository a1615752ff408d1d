// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <concepts>
#include <optional>

#include "brood/error.hpp"

namespace brood {

/// A wait's length; empty means without limit. Zero or less asks once and returns.
using Timeout = std::optional<std::chrono::milliseconds>;

/// Any length of time as a Timeout. It is rounded up, so that no wait ends early; what is infinite or longer than a
/// century is without limit, what is negative is zero. Errc::bad_value for not-a-number.
template <class Rep, class Period>
requires std::integral<Rep> || std::floating_point<Rep> Timeout
timeout_of(std::chrono::duration<Rep, Period> duration) {
  using std::chrono::milliseconds;
  constexpr std::chrono::duration<long double, std::milli> longest = std::chrono::hours(24 * 365 * 100);
  if (duration != duration) throw Error(Errc::bad_value, "wait for a time that is not a number");
  if (duration <= duration.zero()) return milliseconds::zero();
  // As floating point first: the seconds that a 64-bit count of hours stands for would not fit into an integer.
  if (std::chrono::duration<long double, std::milli>(duration) >= longest) return std::nullopt;
  return std::chrono::ceil<milliseconds>(duration);
}

}  // namespace brood
