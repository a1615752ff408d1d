// SPDX-License-Identifier: MIT
#include <csignal>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/selection.hpp"

namespace brood::cli {
namespace {

struct Options {
  std::vector<std::string> jobs;
  std::optional<int> signal;
  Scope scope = Scope::tree;
  Matching matching = Matching::one;
};

int kill(const Globals& globals, const Options& options) {
  Registry registry = globals.open();
  Selection selection(registry, options.jobs, options.matching, globals);
  const int signal = options.signal.value_or(SIGKILL);
  if (signal == SIGKILL)
    selection.failed(registry.kill(selection.ids(), options.scope));
  else
    selection.for_each([&](const JobInfo& info) { registry.signal(info.id, signal, options.scope); });
  return selection.exit_status();
}

}  // namespace

Action setup_kill(CLI::App& app, const Globals& globals, const std::vector<std::string>&) {
  auto options = std::make_shared<Options>();
  add_jobs(app, options->jobs);
  add_signal(app, "-s,--signal", options->signal, "Only send this signal (default: KILL, and wait)");
  add_scope(app, options->scope);
  add_all(app, options->matching);
  return [&globals, options] { return kill(globals, *options); };
}

}  // namespace brood::cli
