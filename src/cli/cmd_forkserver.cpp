// SPDX-License-Identifier: MIT
#include "brood/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/output_json.hpp"

namespace brood::cli {
namespace {

struct Options {
  std::string action;
  std::optional<Duration> idle;
  bool is_forced = false;
};

std::string sentence(const ForkServerInfo& info) {
  if (!info.running) return "not running\n";
  std::string text = "running, pid " + std::to_string(info.pid) + ", " + std::to_string(info.jobs) +
                     (info.jobs == 1 ? " job" : " jobs");
  if (info.adopted > 0) text += " (" + std::to_string(info.adopted) + " without a monitor)";
  return text + "\n";
}

int show(const Globals& globals) {
  const ForkServerInfo info = globals.open().fork_server();
  print(globals.json ? server_json(info) : sentence(info));
  return info.running ? exit_done : exit_no;
}

int start(const Globals& globals, const Options& options) {
  Timeout idle = options.idle.value_or(default_server_idle);
  if (idle == parse_duration("inf")) idle.reset();
  const ForkServerInfo info = globals.open().start_fork_server(idle);
  if (globals.json) print(server_json(info));
  return exit_done;
}

int carry_out(const Globals& globals, const Options& options) {
  const std::string& action = options.action;
  if (action != "start" && action != "status" && action != "stop")
    throw Error(Errc::bad_value, "forkserver '" + printable(action) + "': start, status or stop is wanted");
  if (options.idle && action != "start") throw Error(Errc::bad_value, "--idle: only with forkserver start");
  if (options.is_forced && action != "stop")
    throw Error(Errc::bad_value, "--force: only with forkserver stop");
  if (action == "start") return start(globals, options);
  if (action == "status") return show(globals);
  (void)globals.open().stop_fork_server(options.is_forced);
  return exit_done;
}

}  // namespace

Action setup_forkserver(const Setup& setup) {
  OptionSet& set = setup.options;
  auto options = std::make_shared<Options>();
  set.positional("ACTION", "start, status or stop", options->action);
  add_duration(set, "--idle", "start: leave after so long without a job (default: 30s; inf: never)",
               options->idle);
  set.flag("--force", "stop: also if it has jobs, which go on", options->is_forced);
  return [&globals = setup.globals, options] { return carry_out(globals, *options); };
}

}  // namespace brood::cli
