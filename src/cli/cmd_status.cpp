// SPDX-License-Identifier: MIT
#include <algorithm>

#include "brood/console.hpp"
#include "brood/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/job_tree.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/output_json.hpp"
#include "cli/selection.hpp"
#include "cli/table.hpp"

namespace brood::cli {
namespace {

struct Options {
  std::vector<std::string> jobs;
  std::string field;
  bool children = false;
  bool tree = false;
  Matching matching = Matching::one;
};

std::string exit_text(const JobInfo& info) {
  if (!info.exit_status) return info.state == JobState::lost ? "?" : "-";
  return info.exit_status->is_signalled() ? signal_name(info.exit_status->signal())
                                          : std::to_string(info.exit_status->exitcode());
}

// How long it has run, or ran.
std::string time_text_of(const JobInfo& info, WallTime now) {
  if (!info.started_at) return "-";
  if (!info.ended_at && !is_live(info.state)) return "?";
  // The clock may have been set back meanwhile.
  return describe_duration(std::max(info.ended_at.value_or(now) - *info.started_at, WallTime::duration(0)));
}

std::string command_text(const JobInfo& info) {
  if (info.target.empty()) return printable(info.problem);  // the record cannot be read
  std::string text;
  for (const auto& word : info.target) text += (text.empty() ? "" : " ") + shell_word(word);
  return text;
}

const char* color_of(const JobInfo& info) {
  switch (info.state) {
    case JobState::running: return "\033[32m";
    case JobState::exited: return info.exit_status && info.exit_status->exitcode() == 0 ? "" : "\033[31m";
    case JobState::restarting:
    case JobState::stopping:
    case JobState::orphaned: return "\033[33m";
    case JobState::lost:
    case JobState::damaged: return "\033[31m";
    case JobState::created: return "";
  }
  return "";
}

std::vector<Cell> row_of(const JobInfo& info, WallTime now, bool color, std::size_t depth) {
  Cell state{std::string(to_string(info.state))};
  if (info.orphans > 0) state.text += " +" + std::to_string(info.orphans);
  if (const std::string_view code = color_of(info); color && !code.empty()) {
    state.before = code;
    state.after = "\033[0m";
  }
  return {{std::to_string(info.id)}, {std::string(2 * depth, ' ') + fit(printable(info.name), 40)},
          std::move(state),          {info.pid ? std::to_string(*info.pid) : "-"},
          {exit_text(info)},         {time_text_of(info, now)},
          {command_text(info)}};
}

using Rows = std::vector<std::vector<Cell>>;

void add_rows(Rows& rows, const std::vector<JobInfo>& jobs, WallTime now, bool color, std::size_t depth) {
  for (const JobInfo& info : jobs) rows.push_back(row_of(info, now, color, depth));
}

void add_rows(Rows& rows, const std::vector<JobTree>& trees, WallTime now, bool color, std::size_t depth) {
  for (const JobTree& tree : trees) {
    rows.push_back(row_of(tree.info, now, color, depth));
    add_rows(rows, tree.children, now, color, depth + 1);
  }
}

// Of jobs, or of trees of them.
template <class Jobs>
std::string status_table(const Jobs& jobs, const Globals& globals) {
  if (jobs.empty()) return {};
  const WallTime now =
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  Rows rows;
  rows.reserve(jobs.size() + 1);
  rows.push_back({{"ID"}, {"NAME"}, {"STATE"}, {"PID"}, {"EXIT"}, {"TIME"}, {"COMMAND"}});
  add_rows(rows, jobs, now, wants_color(globals), 0);
  return table(rows, console::width(console::Stream::output).value_or(0));
}

std::string fields_of(Selection& selection, const std::string& field) {
  std::string text;
  for (const auto& info : selection.jobs()) {
    const auto value = field_text(info, field);
    if (!value) {
      std::string known;
      for (const auto& name : field_names()) known += " " + name;
      throw Error(Errc::bad_value, "show field '" + printable(field) + "': there is no such field",
                  "fields:" + known);
    }
    text += *value + "\n";
  }
  return text;
}

void show(const std::vector<JobInfo>& jobs, const Options& options, const Globals& globals) {
  if (options.tree) {
    const auto trees = job_trees(jobs);
    print(globals.json ? job_trees_json(trees) : status_table(trees, globals));
  } else {
    print(globals.json ? jobs_json(jobs) : status_table(jobs, globals));
  }
}

int status_of_named(const Globals& globals, const Options& options, Registry& registry) {
  Selection selection(registry, options.jobs, options.matching, globals);
  if (!options.field.empty()) {
    print(fields_of(selection, options.field));
  } else if (options.children) {
    std::vector<JobInfo> children;
    selection.for_each([&](const JobInfo& info) {
      for (auto& child : registry.children(info.id)) children.push_back(std::move(child));
    });
    show(children, options, globals);
  } else {
    show(options.tree ? registry.with_descendants(selection.jobs()) : selection.jobs(), options, globals);
  }
  return selection.exit_status();
}

int status(const Globals& globals, const Options& options) {
  Registry registry = globals.open();
  if (!options.jobs.empty()) return status_of_named(globals, options, registry);
  if (!options.field.empty()) throw Error(Errc::bad_value, "show a field: of which job?");
  show(options.children ? registry.children_of_caller() : registry.list(), options, globals);
  return exit_done;
}

}  // namespace

Action setup_status(const Setup& setup) {
  OptionSet& set = setup.options;
  auto options = std::make_shared<Options>();
  set.positionals("JOB", "Ids or names (default: all jobs)", options->jobs, OptionSet::Need::optional);
  set.text("--field", "NAME", "Print only this field's value, such as pid or exitcode", options->field);
  set.flag("--children", "Jobs started inside these jobs (default: inside this one, or by the caller)",
           options->children);
  set.flag("--tree", "Show jobs below those that they were started in", options->tree);
  set.exclusive({"--field", "--children", "--tree"});
  add_all(set, options->matching);
  return [&globals = setup.globals, options] { return status(globals, *options); };
}

}  // namespace brood::cli
