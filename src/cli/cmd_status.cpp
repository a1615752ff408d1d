// SPDX-License-Identifier: MIT
#include "brood/console.hpp"
#include "brood/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
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
  return describe_duration(info.ended_at.value_or(now) - *info.started_at);
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

std::vector<Cell> row_of(const JobInfo& info, WallTime now, bool color) {
  Cell state{std::string(to_string(info.state))};
  if (info.orphans > 0) state.text += " +" + std::to_string(info.orphans);
  if (const std::string code = color_of(info); color && !code.empty()) {
    state.before = code;
    state.after = "\033[0m";
  }
  return {{std::to_string(info.id)}, {fit(printable(info.name), 40)},
          std::move(state),          {info.pid ? std::to_string(*info.pid) : "-"},
          {exit_text(info)},         {time_text_of(info, now)},
          {command_text(info)}};
}

std::string status_table(const std::vector<JobInfo>& jobs, const Globals& globals) {
  if (jobs.empty()) return {};
  const WallTime now =
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  std::vector<std::vector<Cell>> rows{
      {{"ID"}, {"NAME"}, {"STATE"}, {"PID"}, {"EXIT"}, {"TIME"}, {"COMMAND"}}};
  const bool color = wants_color(globals);
  for (const auto& info : jobs) rows.push_back(row_of(info, now, color));
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

int status(const Globals& globals, const Options& options) {
  Registry registry = globals.open();
  if (options.jobs.empty()) {
    if (!options.field.empty()) throw Error(Errc::bad_value, "show a field: of which job?");
    const auto jobs = registry.list();
    print(globals.json ? jobs_json(jobs) : status_table(jobs, globals));
    return exit_done;
  }
  Selection selection(registry, options.jobs, options.matching, globals);
  if (!options.field.empty())
    print(fields_of(selection, options.field));
  else
    print(globals.json ? jobs_json(selection.jobs()) : status_table(selection.jobs(), globals));
  return selection.exit_status();
}

}  // namespace

Action setup_status(const Setup& setup) {
  OptionSet& set = setup.options;
  auto options = std::make_shared<Options>();
  set.positionals("JOB", "Ids or names (default: all jobs)", options->jobs, OptionSet::Need::optional);
  set.text("--field", "NAME", "Print only this field's value, such as pid or exitcode", options->field);
  add_all(set, options->matching);
  return [&globals = setup.globals, options] { return status(globals, *options); };
}

}  // namespace brood::cli
