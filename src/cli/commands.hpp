// SPDX-License-Identifier: MIT
// Every subcommand: one row here, one cmd_*.cpp.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cli/globals.hpp"

namespace brood::cli {

/// What is left of a command when its options have been read. Returns the exit status.
using Action = std::function<int()>;

struct Command {
  const char* name;
  const char* summary;
  /// Adds the options; `target` is the target's argument vector, for the commands that take one.
  Action (*setup)(CLI::App& app, const Globals& globals, const std::vector<std::string>& target);
  bool takes_target = false;
  const char* details = "";  ///< further lines of the help text
};

std::span<const Command> commands();
const Command* find_command(const std::string& name);

Action setup_run(CLI::App& app, const Globals& globals, const std::vector<std::string>& target);
Action setup_start(CLI::App& app, const Globals& globals, const std::vector<std::string>& target);
Action setup_create(CLI::App& app, const Globals& globals, const std::vector<std::string>& target);
Action setup_join(CLI::App& app, const Globals& globals, const std::vector<std::string>& target);
Action setup_wait(CLI::App& app, const Globals& globals, const std::vector<std::string>& target);
Action setup_status(CLI::App& app, const Globals& globals, const std::vector<std::string>& target);
Action setup_is_alive(CLI::App& app, const Globals& globals, const std::vector<std::string>& target);
Action setup_terminate(CLI::App& app, const Globals& globals, const std::vector<std::string>& target);
Action setup_kill(CLI::App& app, const Globals& globals, const std::vector<std::string>& target);
Action setup_close(CLI::App& app, const Globals& globals, const std::vector<std::string>& target);
Action setup_logs(CLI::App& app, const Globals& globals, const std::vector<std::string>& target);
Action setup_rename(CLI::App& app, const Globals& globals, const std::vector<std::string>& target);

}  // namespace brood::cli
