// SPDX-License-Identifier: MIT
#include "brood/console.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/log.hpp"
#include "cli/options.hpp"

namespace brood::cli {
namespace {

int end_as(const RunResult& result) {
  if (result.timed_out) return exit_timeout;
  if (!result.status) return exit_failed;
  // So that a shell sees what it would have seen without us.
  if (result.status->is_signalled()) console::die_by_signal(result.status->signal());
  return result.status->shell_status();
}

}  // namespace

Action setup_run(CLI::App& app, const Globals& globals, const std::vector<std::string>& target) {
  auto spec = std::make_shared<JobSpec>();
  add_launch_options(app, *spec);
  app.add_flag("--keep", spec->keep, "Keep the record when it has ended; a --name does so, too");
  return [&globals, &target, spec] {
    spec->target = target;
    log_step("launching in the foreground");
    return end_as(globals.open().run(*spec));
  };
}

}  // namespace brood::cli
