// SPDX-License-Identifier: MIT
#include "cli/app.hpp"

#include "brood/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/log.hpp"
#include "cli/output.hpp"
#include "cli/parser.hpp"
#include "cli/words.hpp"

namespace brood::cli {
namespace {

int act(const Action& action, const Globals& globals) {
  log_to_stderr(globals.verbose);
  return action();
}

[[noreturn]] void refuse_command(const std::string& word) {
  throw Error(Errc::bad_value, "read the command line: unknown command '" + printable(word) + "'",
              "brood --help lists the commands; to run a program: brood run -- " + shell_word(word));
}

int run_command(Parser& parser, const Command& command, const Globals& globals, Words words) {
  std::vector<std::string> target;
  const Action action = parser.add(command, globals, target);
  if (command.takes_target) target = take_target(parser, words.after);
  std::vector<std::string> all = words.before;
  all.push_back(command.name);
  all.insert(all.end(), words.after.begin(), words.after.end());
  return parser.parse(all) ? act(action, globals) : static_cast<int>(exit_done);
}

int parse_and_run(const std::vector<std::string>& arguments, Globals& globals, std::string& name) {
  Parser parser(globals);
  const Words words = split_at_command(parser, arguments);
  if (words.command.empty()) {
    if (!parser.parse(arguments)) return exit_done;
    throw Error(Errc::bad_value, "read the command line: no command was given", "brood --help lists them");
  }
  if (words.command == "describe") {
    print(parser.description());
    return exit_done;
  }
  const Command* command = find_command(words.command);
  if (!command) refuse_command(words.command);
  name = command->name;
  return run_command(parser, *command, globals, words);
}

// `brood run -- CMD`: where no option is given there is nothing to parse, and most launches are like that.
const Command* launch_without_options(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2 || (arguments[1] != "--" && is_option(arguments[1]))) return nullptr;
  const Command* command = find_command(arguments[0]);
  return command && command->takes_target ? command : nullptr;
}

int launch(const Command& command, const std::vector<std::string>& arguments, const Globals& globals) {
  const std::vector<std::string> target(arguments.begin() + (arguments[1] == "--" ? 2 : 1), arguments.end());
  return act(command.setup({nullptr, globals, target}), globals);
}

}  // namespace

int run_app(const std::vector<std::string>& arguments) {
  Globals globals;
  std::string command;
  try {
    if (const Command* plain = launch_without_options(arguments)) return launch(*plain, arguments, globals);
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
