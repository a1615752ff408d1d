// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/output_json.hpp"

namespace brood::cli {

Action setup_create(const Setup& setup) {
  auto spec = std::make_shared<JobSpec>();
  add_launch_options(setup.options, *spec);
  add_background_options(setup.options, *spec);
  return [&globals = setup.globals, &target = setup.target, spec] {
    spec->target = target;
    Registry registry = globals.open();
    const JobId id = registry.create(*spec);
    print(globals.json ? job_json(registry.info(id)) : std::to_string(id) + "\n");
    return exit_done;
  };
}

}  // namespace brood::cli
