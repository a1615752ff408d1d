// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/options.hpp"

namespace brood::cli {

Action setup_rename(CLI::App& app, const Globals& globals, const std::vector<std::string>&) {
  auto job = std::make_shared<std::string>();
  auto name = std::make_shared<std::string>();
  add_job(app, *job);
  app.add_option("NAME", *name, "The new name")->type_name("")->required();
  return [&globals, job, name] {
    Registry registry = globals.open();
    registry.rename(registry.find(*job).front().id, *name);
    return exit_done;
  };
}

}  // namespace brood::cli
