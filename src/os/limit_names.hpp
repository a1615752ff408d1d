// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

namespace brood::os {

/// The number that setrlimit(2) knows a limit by ("nofile", "core", "as", ...).
std::optional<int> limit_number(std::string_view name) noexcept;
std::string_view limit_name(int number) noexcept;

}  // namespace brood::os
