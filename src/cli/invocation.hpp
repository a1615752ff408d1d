// SPDX-License-Identifier: MIT
// A command line, read: what is to be done, before any of it is done.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/globals.hpp"
#include "cli/parser.hpp"

namespace brood::cli {

/// What the words ask for. Filled in as they are read: when a word is refused, what was understood before it is here,
/// and says how to report that. It stays where it is, as `action` refers to it.
struct Invocation {
  Invocation() = default;
  Invocation(const Invocation&) = delete;
  Invocation& operator=(const Invocation&) = delete;

  Globals globals;
  std::string command;               ///< empty as long as none is known
  std::vector<std::string> target;   ///< the argument vector of a command that takes one
  std::optional<std::string> words;  ///< help and the like: to be printed, instead of
  Action action;                     ///< what is to be done; returns the exit status

  std::unique_ptr<Parser> parser;  ///< what was needed for that
};

/// Throws Errc::bad_value and the like for what cannot be meant. Besides the files of variables that the words name,
/// nothing is read, and nothing is done.
void read_command_line(const std::vector<std::string>& arguments, Invocation& invocation);

}  // namespace brood::cli
