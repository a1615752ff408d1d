// SPDX-License-Identifier: MIT
#include "cli/describe.hpp"

#include <nlohmann/json.hpp>

#include "cli/cli11.hpp"
#include "cli/commands.hpp"

namespace brood::cli {
namespace {

using Json = nlohmann::ordered_json;

Json option_json(const CLI::Option& option) {
  Json names = Json::array();
  for (const auto& name : option.get_snames()) names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) names.push_back("--" + name);
  const bool has_value = option.get_items_expected_max() > 0;
  return {{"names", std::move(names)}, {"value", has_value ? option.get_type_name() : ""}};
}

void list_options(const CLI::App& app, Json& options, Json& positionals) {
  options = Json::array();
  positionals = Json::array();
  for (const CLI::Option* option : app.get_options({})) {
    if (option->nonpositional())
      options.push_back(option_json(*option));
    else
      positionals.push_back(option->get_name(true));
  }
}

}  // namespace

std::string describe(CLI::App& root) {
  Json all, ignored;
  list_options(root, all["global"], ignored);
  all["commands"] = Json::array();
  for (const Command& command : commands()) {
    CLI::App app(command.summary, command.name);
    app.set_help_flag("-h,--help", "Print this help and exit");
    const Globals globals;
    OptionSet set(&app);
    (void)command.setup({set, globals, {}});
    Json entry{{"name", command.name}, {"summary", command.summary}};
    list_options(app, entry["options"], entry["positionals"]);
    if (command.takes_target) entry["positionals"].push_back("COMMAND");
    all["commands"].push_back(std::move(entry));
  }
  return all.dump(2) + "\n";
}

}  // namespace brood::cli
