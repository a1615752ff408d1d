// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/selection.hpp"

namespace brood::cli {
namespace {

struct Options {
  std::vector<std::string> jobs;
  std::optional<Duration> grace;
  Scope scope = Scope::tree;
  Matching matching = Matching::one;
};

}  // namespace

Action setup_terminate(CLI::App& app, const Globals& globals, const std::vector<std::string>&) {
  auto options = std::make_shared<Options>();
  add_jobs(app, options->jobs);
  add_duration(app, "--grace", options->grace, "Time before SIGKILL (default: the job's own)");
  add_scope(app, options->scope);
  add_all(app, options->matching);
  return [&globals, options] {
    Registry registry = globals.open();
    Selection selection(registry, options->jobs, options->matching, globals);
    selection.failed(registry.terminate(selection.ids(), options->grace, options->scope));
    return selection.exit_status();
  };
}

}  // namespace brood::cli
