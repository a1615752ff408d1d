// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace brood::cli {

/// All commands and options as JSON, read off the parser: what the man page and the completions are checked against.
std::string describe(CLI::App& root);

}  // namespace brood::cli
