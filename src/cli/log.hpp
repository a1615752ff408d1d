// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace brood::cli {

/// From now on steps are told on stderr, if `verbosity` is above 0. Nothing is set up otherwise.
void log_to_stderr(int verbosity);
void log_step(std::string_view words);

}  // namespace brood::cli
