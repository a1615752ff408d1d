// SPDX-License-Identifier: MIT
// Every subcommand: one row here, one cmd_*.cpp.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cli/globals.hpp"
#include "cli/option_set.hpp"

namespace brood::cli {

/// What is left of a command when its options have been read. Returns the exit status.
using Action = std::function<int()>;

/// What a command is set up from.
struct Setup {
  OptionSet& options;  ///< to declare them to
  const Globals& globals;
  const std::vector<std::string>&
      target;  ///< its argument vector, for the commands that take one; filled in later
};

struct Command {
  const char* name;
  const char* summary;
  Action (*setup)(const Setup& setup);
  bool takes_target = false;
  const char* details = "";  ///< further lines of the help text
};

std::span<const Command> commands();
const Command* find_command(const std::string& name);

Action setup_run(const Setup& setup);
Action setup_start(const Setup& setup);
Action setup_create(const Setup& setup);
Action setup_join(const Setup& setup);
Action setup_wait(const Setup& setup);
Action setup_status(const Setup& setup);
Action setup_is_alive(const Setup& setup);
Action setup_terminate(const Setup& setup);
Action setup_kill(const Setup& setup);
Action setup_restart(const Setup& setup);
Action setup_close(const Setup& setup);
Action setup_logs(const Setup& setup);
Action setup_rename(const Setup& setup);
Action setup_forkserver(const Setup& setup);
Action setup_start_method(const Setup& setup);
Action setup_authkey(const Setup& setup);

}  // namespace brood::cli
