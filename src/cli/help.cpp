// SPDX-License-Identifier: MIT
#include "cli/help.hpp"

#include "cli/commands.hpp"

namespace brood::cli {
namespace {

class Formatter final : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string name) const override {
    const Command* command = find_command(app->get_name());
    std::string usage = "Usage: " + (name.empty() ? "" : name + " ") + app->get_name();
    if (!command) return usage + " [OPTIONS] COMMAND ...\n";
    usage += " [OPTIONS]";
    for (const CLI::Option* option : app->get_options({}))
      if (option->nonpositional() == false) usage += " " + make_option_usage(option);
    return usage + (command->takes_target ? " COMMAND [ARGUMENT...]\n" : "\n");
  }
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_formatter() {
  auto formatter = std::make_shared<Formatter>();
  formatter->column_width(30);
  return formatter;
}

}  // namespace brood::cli
