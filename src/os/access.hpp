// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace brood::os {

/// A directory in which this process may make things.
bool is_writable_directory(const std::string& path) noexcept;

}  // namespace brood::os
