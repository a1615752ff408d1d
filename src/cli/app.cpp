// SPDX-License-Identifier: MIT
#include "cli/app.hpp"

#include <algorithm>
#include <optional>

#include "brood/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/log.hpp"
#include "cli/output.hpp"
#include "cli/parser.hpp"
#include "cli/words.hpp"

namespace brood::cli {
namespace {

[[noreturn]] void refuse_command(const std::string& word) {
  throw Error(Errc::bad_value, "read the command line: unknown command '" + printable(word) + "'",
              "brood --help lists the commands; to run a program: brood run -- " + shell_word(word));
}

int run_command(Parser& parser, const Command& command, Globals& globals, Words words) {
  std::vector<std::string> target;
  const Action action = parser.add(command, globals, target, words.after);
  if (command.takes_target) target = take_target(parser, words.after);
  globals.json = globals.json || has_flag(parser, words.after, "--json");
  std::vector<std::string> all = words.before;
  all.push_back(command.name);
  all.insert(all.end(), words.after.begin(), words.after.end());
  if (!parser.parse(all)) return exit_done;
  log_to_stderr(globals.verbose);
  return action();
}

int parse_and_run(const std::vector<std::string>& arguments, Globals& globals, std::string& name) {
  Parser parser(globals);
  const Words words = split_at_command(parser, arguments);
  // Also of what cannot be parsed something has to be said in JSON, if that was asked for.
  globals.json = has_flag(parser, words.before, "--json");
  if (!words.command) {
    if (!parser.parse(arguments)) return exit_done;
    throw Error(Errc::bad_value, "read the command line: no command was given", "brood --help lists them");
  }
  if (words.command == "describe") {
    print(parser.description());
    return exit_done;
  }
  const Command* command = find_command(*words.command);
  if (!command) {
    if (!parser.parse(words.before)) return exit_done;  // for --json and -q, which the refusal heeds
    refuse_command(*words.command);
  }
  name = command->name;
  return run_command(parser, *command, globals, words);
}

// `brood run -- CMD`, `brood join 12`: without options there is nothing to parse, and most calls are like that. Empty if
// this one is not.
std::optional<int> run_without_parser(std::vector<std::string> words, const Globals& globals,
                                      std::string& name) {
  const Command* command = words.empty() ? nullptr : find_command(words.front());
  if (!command) return std::nullopt;
  words.erase(words.begin());
  std::vector<std::string> target;
  OptionSet positionals(nullptr);
  const Action action = command->setup({positionals, globals, target});
  if (command->takes_target) {
    if (words.empty() || (words.front() != "--" && is_option(words.front()))) return std::nullopt;
    target.assign(words.begin() + (words.front() == "--" ? 1 : 0), words.end());
  } else if (std::any_of(words.begin(), words.end(), is_option) || !positionals.assign(words)) {
    return std::nullopt;
  }
  name = command->name;
  return action();
}

}  // namespace

int run_app(const std::vector<std::string>& arguments) {
  Globals globals;
  std::string command;
  try {
    if (const auto status = run_without_parser(arguments, globals, command)) return *status;
    return parse_and_run(arguments, globals, command);
  } catch (const Error& problem) {
    report(problem, globals.quiet);
    if (globals.json && command != "run") report_json(problem);
    return problem.exit_status();
  } catch (const std::exception& problem) {
    complain(problem.what());
    return exit_failed;
  }
}

}  // namespace brood::cli
