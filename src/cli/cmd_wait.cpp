// SPDX-License-Identifier: MIT
#include <algorithm>

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
  bool any = false;
  bool all = false;
  std::optional<long long> count;
  std::optional<Duration> timeout;
  std::vector<JobState> states;
};

void add_states(OptionSet& set, std::vector<JobState>& states) {
  set.value("--for", "STATE", "State to wait for (default: ended)", [&states](const std::string& text) {
    if (text == "ended") {
      states = {JobState::exited, JobState::lost};
    } else if (const auto state = parse_job_state(text); state && *state != JobState::damaged) {
      states = {*state};
    } else {
      refuse_value("--for", text,
                   "is not a state: ended, created, running, restarting, stopping, exited, orphaned or lost");
    }
  });
}

int wait(const Globals& globals, const Options& options) {
  Registry registry = globals.open();
  Selection selection(registry, options.jobs, {}, globals);
  WaitRule rule{0, options.states, options.timeout};
  if (options.any) rule.count = 1;
  if (options.count) rule.count = static_cast<std::size_t>(*options.count);
  // Of what is no job nothing more can be asked than has been reported.
  if (selection.has_failed()) rule.count = std::min(rule.count, selection.jobs().size());
  LiveLine line(globals);
  std::vector<JobInfo> ready;
  WaitNews news;
  news.ready = [&](const JobInfo& info) {
    line.clear();
    if (globals.json)
      ready.push_back(info);
    else
      print(std::to_string(info.id) + "\n");
  };
  news.failed = [&](JobId, const Error& problem) {
    line.clear();
    selection.failed(problem);
  };
  news.tick = line.ticker();
  const bool in_time = registry.wait(selection.ids(), rule, news);
  line.clear();
  if (globals.json) print(jobs_json(ready));
  return in_time ? selection.exit_status() : static_cast<int>(exit_timeout);
}

}  // namespace

Action setup_wait(const Setup& setup) {
  OptionSet& set = setup.options;
  auto options = std::make_shared<Options>();
  add_jobs(set, options->jobs);
  set.flag("--any", "Until one of them is ready", options->any);
  set.flag("--all", "Until all of them are ready (default)", options->all);
  add_number(set, "--count", "Until so many of them are ready", 1, 1'000'000, options->count);
  set.exclusive({"--any", "--all", "--count"});
  add_duration(set, "-t,--timeout", "Wait no longer than this; then exit with 124", options->timeout);
  add_states(set, options->states);
  return [&globals = setup.globals, options] { return wait(globals, *options); };
}

}  // namespace brood::cli
