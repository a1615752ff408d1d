// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace brood {

/// How a job's monitor comes to be, and so what the target inherits (multiprocessing: start methods).
enum class StartMethod {
  fork,        ///< a forked copy of the caller: the caller's environment and limits; the default
  spawn,       ///< a fresh image: default signals, no descriptors but those passed
  forkserver,  ///< forked by the state directory's server
};

/// All of them, the default first (multiprocessing: get_all_start_methods).
std::array<StartMethod, 3> start_methods() noexcept;

std::string_view to_string(StartMethod method) noexcept;
std::optional<StartMethod> parse_start_method(std::string_view word) noexcept;

}  // namespace brood
