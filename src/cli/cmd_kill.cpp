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
  std::string authkey_file;
};

int kill(const Globals& globals, const Options& options) {
  Registry registry = globals.open();
  registry.use_authkey_file(options.authkey_file);
  Selection selection(registry, options.jobs, options.matching, globals);
  const int signal = options.signal.value_or(SIGKILL);
  if (signal == SIGKILL)
    selection.failed(registry.kill(selection.ids(), options.scope));
  else
    selection.for_each([&](const JobInfo& info) { registry.signal(info.id, signal, options.scope); });
  return selection.exit_status();
}

}  // namespace

Action setup_kill(const Setup& setup) {
  OptionSet& set = setup.options;
  auto options = std::make_shared<Options>();
  add_jobs(set, options->jobs);
  add_signal(set, "-s,--signal", "Only send this signal (default: KILL, and wait)", options->signal);
  add_scope(set, options->scope);
  add_all(set, options->matching);
  add_authkey_file(set, options->authkey_file);
  return [&globals = setup.globals, options] { return kill(globals, *options); };
}

}  // namespace brood::cli
