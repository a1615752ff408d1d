// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/options.hpp"
#include "cli/selection.hpp"

namespace brood::cli {
namespace {

struct Options {
  std::vector<std::string> jobs;
  bool ended = false;
  std::optional<Duration> older_than;
  Matching matching = Matching::one;
};

int close(const Globals& globals, const Options& options) {
  if (options.ended != options.jobs.empty())
    throw Error(Errc::bad_value, "close: either JOB or --ended is wanted", "brood close --help");
  Registry registry = globals.open();
  if (options.ended) {
    (void)registry.close_ended(options.older_than.value_or(Duration(0)));
    return exit_done;
  }
  Selection selection(registry, options.jobs, options.matching, globals);
  selection.for_each([&](const JobInfo& info) { registry.close(info.id); });
  return selection.exit_status();
}

}  // namespace

Action setup_close(const Setup& setup) {
  OptionSet& set = setup.options;
  auto options = std::make_shared<Options>();
  set.positionals("JOB", "Ids or names", options->jobs, OptionSet::Need::optional);
  set.flag("--ended", "All jobs that have ended", options->ended);
  add_duration(set, "--older-than", "Only those that ended at least so long ago", options->older_than);
  set.requires_other("--older-than", "--ended");
  add_all(set, options->matching);
  return [&globals = setup.globals, options] { return close(globals, *options); };
}

}  // namespace brood::cli
