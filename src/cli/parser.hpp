// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "brood/error.hpp"
#include "cli/commands.hpp"
#include "cli/globals.hpp"

namespace CLI {
class App;
}

namespace brood::cli {

/// CLI11, with the global options and the one command that was named; other commands cost nothing.
class Parser {
 public:
  /// What the parsed words have `globals` filled with.
  explicit Parser(Globals& globals);
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  /// Adds a command; returns what is left to do when its words have been parsed.
  /// `words`, all that may be parsed for it, tell which of its options are needed; they must outlive the parser.
  Action add(const Command& command, const Globals& globals, const std::vector<std::string>& target,
             const std::vector<std::string>& words);

  /// Does this option ("--name", "-n") take a value? As far as it is known here.
  bool takes_value(const std::string& option) const;

  /// What is to be printed if no more than that is asked for: help, or the version. Throws Errc::bad_value.
  std::optional<std::string> parse(const std::vector<std::string>& words);
  /// All commands and options as JSON: what the man page and the completions are checked against.
  std::string description();

 private:
  struct Streams;
  std::unique_ptr<Streams> streams_;
  std::unique_ptr<CLI::App> root_;
  CLI::App* command_ = nullptr;
  std::unique_ptr<OptionSet> options_;
};

}  // namespace brood::cli
