// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/selection.hpp"

namespace brood::cli {
namespace {

struct Options {
  std::vector<std::string> jobs;
  std::optional<Duration> grace;
  Matching matching = Matching::one;
  std::string authkey_file;
};

}  // namespace

Action setup_restart(const Setup& setup) {
  OptionSet& set = setup.options;
  auto options = std::make_shared<Options>();
  add_jobs(set, options->jobs);
  add_duration(set, "--grace", "Time before SIGKILL (default: the job's own)", options->grace);
  add_all(set, options->matching);
  add_authkey_file(set, options->authkey_file);
  return [&globals = setup.globals, options] {
    Registry registry = globals.open();
    registry.use_authkey_file(options->authkey_file);
    Selection selection(registry, options->jobs, options->matching, globals);
    selection.failed(registry.restart(selection.ids(), options->grace));
    return selection.exit_status();
  };
}

}  // namespace brood::cli
