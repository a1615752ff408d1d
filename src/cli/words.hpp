// SPDX-License-Identifier: MIT
// Which words belong to whom, decided before they are parsed. How many words an option takes is asked of the parser.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace brood::cli {

struct Words {
  std::vector<std::string> before;  // global options
  std::string command;              // empty: none
  std::vector<std::string> after;
};

Words split_at_command(const CLI::App& root, const std::vector<std::string>& words);

/// Cuts the target off `words`: all after the first word that is no option, or after '--'. What remains are options.
std::vector<std::string> take_target(const CLI::App& app, std::vector<std::string>& words);

}  // namespace brood::cli
