// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <memory>

namespace brood::cli {

/// CLI11's help, narrowed to a terminal and with a usage line that shows the target.
std::shared_ptr<CLI::FormatterBase> help_formatter();

}  // namespace brood::cli
