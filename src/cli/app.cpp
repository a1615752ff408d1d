// SPDX-License-Identifier: MIT
#include "cli/app.hpp"

#include <CLI/CLI.hpp>

#include "brood/console.hpp"
#include "brood/text.hpp"
#include "cli/commands.hpp"
#include "cli/describe.hpp"
#include "cli/exit_codes.hpp"
#include "cli/help.hpp"
#include "cli/log.hpp"
#include "cli/output.hpp"
#include "cli/words.hpp"

namespace brood::cli {
namespace {

void add_globals(CLI::App& app, Globals& globals) {
  app.add_option("--state-dir", globals.state_dir, "Where jobs are recorded")->type_name("DIR");
  app.add_flag("--json", globals.json, "Print JSON");
  app.add_flag("-q,--quiet", globals.quiet, "Print no progress and no hints");
  app.add_flag("-v,--verbose", globals.verbose, "Say on stderr what is being done");
  app.add_option("--color", globals.color, "Colour the output: auto, always or never")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}));
}

std::unique_ptr<CLI::App> root_app(Globals& globals) {
  auto app = std::make_unique<CLI::App>(
      "Starts, watches, waits for and stops processes, from any shell, without a daemon.", "brood");
  app->option_defaults()->group("Global options");
  app->formatter(help_formatter());
  app->set_help_flag("-h,--help", "Print this help and exit")->group("Global options");
  app->set_version_flag("--version", std::string("brood ") + BROOD_VERSION, "Print the version and exit");
  add_globals(*app, globals);
  app->option_defaults()->group("Options");
  return app;
}

CLI::App& add_command(CLI::App& root, const Command& command) {
  CLI::App& app = *root.add_subcommand(command.name, command.summary);
  app.fallthrough();
  app.footer(command.details);
  return app;
}

// CLI11's own words, as one line without control characters.
Error usage_error(const CLI::ParseError& problem, const std::string& command) {
  std::string words = problem.what();
  words = words.substr(0, words.find('\n'));
  const std::string help = command.empty() ? "brood --help" : "brood " + command + " --help";
  return Error(Errc::bad_value, "read the command line: " + printable(words), help + " lists what there is");
}

int run_command(CLI::App& root, const Command& command, const Globals& globals, Words words) {
  CLI::App& app = add_command(root, command);
  std::vector<std::string> target;
  const Action action = command.setup(app, globals, target);
  if (command.takes_target) target = take_target(app, words.after);
  std::vector<std::string> backwards(words.after.rbegin(), words.after.rend());
  backwards.push_back(command.name);
  backwards.insert(backwards.end(), words.before.rbegin(), words.before.rend());
  root.parse(backwards);
  log_to_stderr(globals.verbose);
  return action();
}

int run_root(CLI::App& root, const std::vector<std::string>& words) {
  for (const Command& command : commands()) add_command(root, command);
  root.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  throw Error(Errc::bad_value, "read the command line: no command was given", "brood --help lists them");
}

int unknown_command(const std::string& word) {
  throw Error(Errc::bad_value, "read the command line: unknown command '" + printable(word) + "'",
              "brood --help lists the commands; to run a program: brood run -- " + shell_word(word));
}

int dispatch(CLI::App& root, const Globals& globals, const std::vector<std::string>& arguments, std::string& name) {
  const Words words = split_at_command(root, arguments);
  if (words.command.empty()) return run_root(root, arguments);
  if (words.command == "describe") {
    print(description(root));
    return exit_done;
  }
  const Command* command = find_command(words.command);
  if (!command) return unknown_command(words.command);
  name = command->name;
  return run_command(root, *command, globals, words);
}

}  // namespace

int run_app(int argc, char** argv) {
  Globals globals;
  std::string command;
  try {
    const auto root = root_app(globals);
    try {
      return dispatch(*root, globals, std::vector<std::string>(argv + 1, argv + argc), command);
    } catch (const CLI::CallForHelp&) {
      const auto chosen = root->get_subcommands();
      print(chosen.empty() ? root->help() : chosen.front()->help("brood"));
      return exit_done;
    } catch (const CLI::CallForVersion& version) {
      print(std::string(version.what()) + "\n");
      return exit_done;
    } catch (const CLI::ParseError& problem) {
      throw usage_error(problem, command);
    }
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
