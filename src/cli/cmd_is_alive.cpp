// SPDX-License-Identifier: MIT
#include "brood/job.hpp"

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"

namespace brood::cli {

Action setup_is_alive(const Setup& setup) {
  OptionSet& set = setup.options;
  auto job = std::make_shared<std::string>();
  add_job(set, *job);
  return [&globals = setup.globals, job] {
    Registry registry = globals.open();
    const bool is_alive = registry.job(*job).is_alive();
    if (globals.json) print(is_alive ? "true\n" : "false\n");
    return is_alive ? exit_done : exit_no;
  };
}

}  // namespace brood::cli
