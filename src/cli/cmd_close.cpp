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

Action setup_close(CLI::App& app, const Globals& globals, const std::vector<std::string>&) {
  auto options = std::make_shared<Options>();
  app.add_option("JOB", options->jobs, "Ids or names")->type_name("");
  CLI::Option* ended = app.add_flag("--ended", options->ended, "All jobs that have ended");
  add_duration(app, "--older-than", options->older_than, "Only those that ended at least so long ago")->needs(ended);
  add_all(app, options->matching);
  return [&globals, options] { return close(globals, *options); };
}

}  // namespace brood::cli
