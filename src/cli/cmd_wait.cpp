// SPDX-License-Identifier: MIT
#include "brood/text.hpp"
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

void add_states(CLI::App& app, std::vector<JobState>& states) {
  const auto read = [&states](const std::string& text) {
    if (text == "ended") {
      states = {JobState::exited, JobState::lost};
    } else if (const auto state = parse_job_state(text); state && *state != JobState::damaged) {
      states = {*state};
    } else {
      throw CLI::ValidationError("--for", "'" + printable(text) + "' is not a state: ended, created, running, " +
                                              "restarting, stopping, exited, orphaned or lost");
    }
  };
  app.add_option_function<std::string>("--for", read, "State to wait for (default: ended)")->type_name("STATE");
}

int wait(const Globals& globals, const Options& options) {
  Registry registry = globals.open();
  Selection selection(registry, options.jobs, Matching::one, globals);
  WaitRule rule{0, options.states, options.timeout};
  if (options.any) rule.count = 1;
  if (options.count) rule.count = static_cast<std::size_t>(*options.count);
  if (rule.count > selection.jobs().size() && !selection.has_failed())
    throw Error(Errc::bad_value, "wait for " + std::to_string(rule.count) + " of " +
                                     std::to_string(selection.jobs().size()) + " jobs");
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

Action setup_wait(CLI::App& app, const Globals& globals, const std::vector<std::string>&) {
  auto options = std::make_shared<Options>();
  add_jobs(app, options->jobs);
  CLI::Option* any = app.add_flag("--any", options->any, "Until one of them is ready");
  CLI::Option* all = app.add_flag("--all", options->all, "Until all of them are ready (default)");
  CLI::Option* count = add_number(app, "--count", options->count, 1, 1'000'000, "Until so many of them are ready");
  any->excludes(all)->excludes(count);
  all->excludes(count);
  add_duration(app, "-t,--timeout", options->timeout, "Wait no longer than this; then exit with 124");
  add_states(app, options->states);
  return [&globals, options] { return wait(globals, *options); };
}

}  // namespace brood::cli
