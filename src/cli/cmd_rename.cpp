// SPDX-License-Identifier: MIT
#include "brood/job.hpp"

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/options.hpp"

namespace brood::cli {

Action setup_rename(const Setup& setup) {
  OptionSet& set = setup.options;
  auto job = std::make_shared<std::string>();
  auto name = std::make_shared<std::string>();
  auto authkey_file = std::make_shared<std::string>();
  add_job(set, *job);
  set.positional("NAME", "The new name", *name);
  add_authkey_file(set, *authkey_file);
  return [&globals = setup.globals, job, name, authkey_file] {
    Registry registry = globals.open();
    registry.use_authkey_file(*authkey_file);
    registry.job(*job).rename(*name);
    return exit_done;
  };
}

}  // namespace brood::cli
