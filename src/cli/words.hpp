// SPDX-License-Identifier: MIT
// Which words belong to whom, decided before they are parsed. How many words an option takes is asked of the parser.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/parser.hpp"

namespace brood::cli {

/// "-x" or "--xyz", but not "-" alone.
bool is_option(const std::string& word);

struct Words {
  std::vector<std::string> before;  // global options
  std::optional<std::string> command;
  std::vector<std::string> after;
};

/// Is `option`, a flag, among them, and not as the value of another?
bool has_flag(const Parser& parser, const std::vector<std::string>& words, const std::string& option);

Words split_at_command(const Parser& parser, const std::vector<std::string>& words);

/// Cuts the target off `words`: all after the first word that is no option, or after '--'. What remains are options.
std::vector<std::string> take_target(const Parser& parser, std::vector<std::string>& words);

}  // namespace brood::cli
