// SPDX-License-Identifier: MIT
#include "brood/console.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/log.hpp"
#include "cli/options.hpp"

namespace brood::cli {
namespace {

// Leaves at once: there is nothing to tidy up in memory, and somebody waits.
[[noreturn]] void end_as(const RunResult& result) {
  if (result.timed_out) console::exit_now(exit_timeout);
  if (!result.status) console::exit_now(exit_failed);
  // So that a shell sees what it would have seen without us.
  if (result.status->is_signalled()) console::die_by_signal(result.status->signal());
  console::exit_now(result.status->shell_status());
}

}  // namespace

Action setup_run(const Setup& setup) {
  auto spec = std::make_shared<JobSpec>();
  add_launch_options(setup.options, *spec);
  setup.options.flag("--keep", "Keep the record when it has ended; a --name does so, too", spec->keep);
  return [&globals = setup.globals, &target = setup.target, spec]() -> int {
    spec->target = target;
    check_passed(*spec);
    log_step("launching in the foreground");
    end_as(globals.open().run(*spec));
  };
}

}  // namespace brood::cli
