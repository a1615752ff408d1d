// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/options.hpp"

namespace brood::cli {

Action setup_rename(const Setup& setup) {
  OptionSet& set = setup.options;
  auto job = std::make_shared<std::string>();
  auto name = std::make_shared<std::string>();
  add_job(set, *job);
  set.positional("NAME", "The new name", *name);
  return [&globals = setup.globals, job, name] {
    Registry registry = globals.open();
    registry.rename(registry.find(*job).front().id, *name);
    return exit_done;
  };
}

}  // namespace brood::cli
