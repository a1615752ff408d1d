// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace brood::cli {

/// All commands and options as JSON, read off the parser: what the man page and the completions are checked against.
std::string description(CLI::App& root);

}  // namespace brood::cli
