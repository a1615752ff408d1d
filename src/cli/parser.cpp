// SPDX-License-Identifier: MIT
#include "cli/parser.hpp"

#include "brood/text.hpp"
#include "cli/cli11.hpp"
#include "cli/describe.hpp"

namespace brood::cli {
namespace {

class Formatter final : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string name) const override {
    const Command* command = find_command(app->get_name());
    std::string usage = "Usage: " + name;  // "brood", or "brood run"
    if (!command) return usage + " [OPTIONS] COMMAND ...\n";
    usage += " [OPTIONS]";
    for (const CLI::Option* option : app->get_options({}))
      if (option->nonpositional() == false) usage += " " + make_option_usage(option);
    return usage + (command->takes_target ? " COMMAND [ARGUMENT...]\n" : "\n");
  }
};

void add_globals(CLI::App& app, Globals& globals) {
  app.add_option_function<std::string>(
         "--state-dir",
         [&globals](const std::string& text) {
           if (text.empty()) refuse_value("--state-dir", text, "is empty");
           globals.state_dir = text;
         },
         "Where jobs are recorded")
      ->type_name("DIR");
  app.add_flag("--json", globals.json, "Print JSON");
  app.add_flag("-q,--quiet", globals.quiet, "Print no progress and no hints");
  app.add_flag("-v,--verbose", globals.verbose, "Say on stderr what is being done");
  app.add_option("--color", globals.color, "Colour the output: auto, always or never")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}));
}

std::unique_ptr<CLI::App> make_root(Globals& globals) {
  auto app = std::make_unique<CLI::App>(
      "Starts, watches, waits for and stops processes, from any shell, without a daemon.", "brood");
  auto formatter = std::make_shared<Formatter>();
  formatter->column_width(30);
  app->formatter(formatter);
  app->option_defaults()->group("Global options");
  app->set_help_flag("-h,--help", "Print this help and exit")->group("Global options");
  app->set_version_flag("--version", std::string("brood ") + BROOD_VERSION, "Print the version and exit");
  add_globals(*app, globals);
  app->option_defaults()->group("Options");
  return app;
}

// CLI11's own words, as one line.
Error usage_error(const CLI::ParseError& problem, const std::string& command) {
  std::string words = problem.what();
  words = words.substr(0, words.find('\n'));
  const std::string help = command.empty() ? "brood --help" : "brood " + command + " --help";
  return Error(Errc::bad_value, "read the command line: " + printable(words), help + " lists what there is");
}

const CLI::Option* find_option(const CLI::App* app, const std::string& name) {
  for (; app; app = app->get_parent())
    if (const CLI::Option* option = app->get_option_no_throw(name)) return option;
  return nullptr;
}

}  // namespace

struct Parser::Streams {
  StreamsOfCli11 streams;
};

Parser::Parser(Globals& globals) : streams_(std::make_unique<Streams>()), root_(make_root(globals)) {}
Parser::~Parser() = default;

Action Parser::add(const Command& command, const Globals& globals, const std::vector<std::string>& target,
                   const std::vector<std::string>& words) {
  command_ = root_->add_subcommand(command.name, command.summary);
  command_->fallthrough();
  command_->footer(command.details);
  options_ = std::make_unique<OptionSet>(command_, &words);
  return command.setup({*options_, globals, target});
}

bool Parser::takes_value(const std::string& name) const {
  const CLI::Option* option = find_option(command_ ? command_ : root_.get(), name);
  return option && option->get_items_expected_max() > 0;
}

std::optional<std::string> Parser::parse(const std::vector<std::string>& words) {
  // CLI11 would take the next word for the value.
  for (const std::string& word : words) {
    const std::string name = word.substr(0, word.find('='));
    if (word.size() == name.size() + 1 && word.compare(0, 2, "--") == 0 && takes_value(name))
      refuse_value(name, "", "is empty");
  }
  const std::string command = command_ ? command_->get_name() : "";
  try {
    root_->parse(std::vector<std::string>(words.rbegin(), words.rend()));
    return std::nullopt;
  } catch (const CLI::CallForHelp&) {
    if (!command_)
      for (const Command& each : commands()) root_->add_subcommand(each.name, each.summary);
    return command_ ? command_->help("brood") : root_->help();
  } catch (const CLI::CallForVersion& version) {
    return std::string(version.what()) + "\n";
  } catch (const CLI::ParseError& problem) {
    throw usage_error(problem, command);
  }
}

std::string Parser::description() { return describe(*root_); }

}  // namespace brood::cli
