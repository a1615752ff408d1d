// SPDX-License-Identifier: MIT
#include <map>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/live_line.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/output_json.hpp"
#include "cli/selection.hpp"

namespace brood::cli {
namespace {

struct Options {
  std::vector<std::string> jobs;
  std::optional<Duration> timeout;
  Matching matching = Matching::one;
};

// The first job, as they were named, that did not end with 0.
int first_status(Selection& selection, const std::map<JobId, JobInfo>& ended) {
  int first = exit_done;
  for (const auto& named : selection.jobs()) {
    const auto found = ended.find(named.id);
    if (found == ended.end()) continue;
    const JobInfo& info = found->second;
    if (!info.exit_status)
      selection.note(Error(Errc::exit_unknown, "join job " + std::to_string(info.id) +
                                                   (info.reason.empty() ? "" : ": " + info.reason)));
    const int status = info.exit_status ? info.exit_status->shell_status() : exit_failed;
    if (first == exit_done) first = status;
  }
  return first;
}

int join(const Globals& globals, const Options& options) {
  Registry registry = globals.open();
  Selection selection(registry, options.jobs, options.matching, globals);
  std::map<JobId, JobInfo> ended;
  LiveLine line(globals);
  WaitNews news;
  news.ready = [&](const JobInfo& info) { ended[info.id] = info; };
  news.failed = [&](JobId, const Error& problem) {
    line.clear();
    selection.failed(problem);
  };
  news.tick = line.ticker();
  const bool in_time = registry.wait(selection.ids(), {0, {}, options.timeout}, news);
  line.clear();
  const int status = first_status(selection, ended);
  if (globals.json) {
    std::vector<JobInfo> infos;
    for (const auto& named : selection.jobs())
      infos.push_back(ended.count(named.id) ? ended[named.id] : named);
    print(jobs_json(infos));
  }
  if (!in_time) return exit_timeout;
  return status == exit_done ? selection.exit_status() : status;
}

}  // namespace

Action setup_join(const Setup& setup) {
  OptionSet& set = setup.options;
  auto options = std::make_shared<Options>();
  add_jobs(set, options->jobs);
  add_duration(set, "-t,--timeout", "Wait no longer than this; then exit with 124", options->timeout);
  add_all(set, options->matching);
  return [&globals = setup.globals, options] { return join(globals, *options); };
}

}  // namespace brood::cli
