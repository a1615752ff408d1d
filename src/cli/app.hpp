// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace brood::cli {

/// Parses the command line, runs the command that it names, reports its failure; returns the exit status.
int run_app(const std::vector<std::string>& arguments);

}  // namespace brood::cli
