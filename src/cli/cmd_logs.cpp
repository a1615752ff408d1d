// SPDX-License-Identifier: MIT
#include "brood/logs.hpp"

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"

namespace brood::cli {
namespace {

struct Options {
  std::vector<std::string> jobs;
  bool follow = false;
  std::optional<long long> lines;
  bool only_stdout = false;
  bool only_stderr = false;
  Matching matching = Matching::one;
};

int show(const Globals& globals, const Options& options) {
  Registry registry = globals.open();
  Selection selection(registry, options.jobs, options.matching, globals);
  LogOptions how;
  how.follow = options.follow;
  if (options.lines) how.last_lines = static_cast<std::size_t>(*options.lines);
  if (options.only_stdout) how.stream = LogStream::standard_output;
  if (options.only_stderr) how.stream = LogStream::standard_error;
  const auto sink = [](std::string_view bytes) {
    print(bytes);
    return true;
  };
  // Followed together, since each could go on for ever; shown one by one, so that a bad one hides no other.
  if (options.follow && selection.jobs().size() > 1)
    read_logs(registry, selection.ids(), how, sink);
  else
    selection.for_each([&](const JobInfo& info) { read_logs(registry, {info.id}, how, sink); });
  return selection.exit_status();
}

}  // namespace

Action setup_logs(const Setup& setup) {
  OptionSet& set = setup.options;
  auto options = std::make_shared<Options>();
  add_jobs(set, options->jobs);
  set.flag("-f,--follow", "Go on until the jobs have ended and all is shown", options->follow);
  add_number(set, "-n,--lines", "Begin with at most so many last lines", 0, 1'000'000'000, options->lines);
  set.flag("--stdout", "Only standard output (of --split-logs)", options->only_stdout);
  set.flag("--stderr", "Only standard error (of --split-logs)", options->only_stderr);
  set.exclusive({"--stdout", "--stderr"});
  add_all(set, options->matching);
  return [&globals = setup.globals, options] { return show(globals, *options); };
}

}  // namespace brood::cli
