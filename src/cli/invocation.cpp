// SPDX-License-Identifier: MIT
#include "cli/invocation.hpp"

#include <algorithm>

#include "brood/text.hpp"
#include "cli/words.hpp"

namespace brood::cli {
namespace {

[[noreturn]] void refuse_command(const std::string& word) {
  throw Error(Errc::bad_value, "read the command line: unknown command '" + printable(word) + "'",
              "brood --help lists the commands; to run a program: brood run -- " + shell_word(word));
}

void read_options(const Command& command, Words words, Invocation& invocation) {
  Parser& parser = *invocation.parser;
  Globals& globals = invocation.globals;
  invocation.action = parser.add(command, globals, invocation.target, words.after);
  if (command.takes_target) invocation.target = take_target(parser, words.after);
  globals.json = globals.json || has_flag(parser, words.after, "--json");
  std::vector<std::string> all = words.before;
  all.push_back(command.name);
  all.insert(all.end(), words.after.begin(), words.after.end());
  invocation.words = parser.parse(all);
}

void parse(const std::vector<std::string>& arguments, Invocation& invocation) {
  invocation.parser = std::make_unique<Parser>(invocation.globals);
  Parser& parser = *invocation.parser;
  const Words words = split_at_command(parser, arguments);
  // Also of what cannot be parsed something has to be said in JSON, if that was asked for.
  invocation.globals.json = has_flag(parser, words.before, "--json");
  if (!words.command) {
    invocation.words = parser.parse(arguments);
    if (invocation.words) return;
    throw Error(Errc::bad_value, "read the command line: no command was given", "brood --help lists them");
  }
  if (words.command == "describe") {
    invocation.words = parser.description();
    return;
  }
  const Command* command = find_command(*words.command);
  if (!command) {
    invocation.words = parser.parse(words.before);  // for --json and -q, which the refusal heeds
    if (invocation.words) return;
    refuse_command(*words.command);
  }
  invocation.command = command->name;
  read_options(*command, words, invocation);
}

// `brood run -- CMD`, `brood join 12`: without options there is nothing to parse, and most calls are like that. False if
// this one is not.
bool read_without_parser(std::vector<std::string> words, Invocation& invocation) {
  const Command* command = words.empty() ? nullptr : find_command(words.front());
  if (!command) return false;
  words.erase(words.begin());
  OptionSet positionals(nullptr);
  Action action = command->setup({positionals, invocation.globals, invocation.target});
  if (command->takes_target) {
    if (words.empty() || (words.front() != "--" && is_option(words.front()))) return false;
    invocation.target.assign(words.begin() + (words.front() == "--" ? 1 : 0), words.end());
  } else if (std::any_of(words.begin(), words.end(), is_option) || !positionals.assign(words)) {
    return false;
  }
  invocation.command = command->name;
  invocation.action = std::move(action);
  return true;
}

}  // namespace

void read_command_line(const std::vector<std::string>& arguments, Invocation& invocation) {
  if (!read_without_parser(arguments, invocation)) parse(arguments, invocation);
}

}  // namespace brood::cli
