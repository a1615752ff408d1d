// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cerrno>
#include <fstream>
#include <limits>

#include "brood/console.hpp"
#include "brood/text.hpp"
#include "cli/options.hpp"

namespace brood::cli {
namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& value, const std::string& why) {
  throw CLI::ValidationError(option, "'" + fit(printable(value), 60) + "' " + why);
}

std::pair<std::string, std::string> key_and_value(const std::string& option, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) refuse(option, text, "is not of the form NAME=VALUE");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

// NAME=VALUE lines; blank lines and lines that begin with '#' do not count. Values are taken as they stand.
void read_env_file(const std::string& path, JobSpec& spec) {
  std::ifstream file(path);
  if (!file) throw Error(std::error_code(errno, std::system_category()), "open '" + printable(path) + "'");
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos || equals == 0)
      throw Error(Errc::bad_value, "read '" + printable(path) + "', line " + std::to_string(number) +
                                       ": not of the form NAME=VALUE");
    spec.set_env[line.substr(0, equals)] = line.substr(equals + 1);
  }
  if (file.bad()) throw Error(std::error_code(EIO, std::system_category()), "read '" + printable(path) + "'");
}

// "N", "SOFT:HARD"; each a number or "unlimited".
Limit limit_from(const std::string& text) {
  const auto [name, value] = key_and_value("--limit", text);
  const auto known = limit_names();
  if (std::find(known.begin(), known.end(), name) == known.end()) refuse("--limit", name, "is not a resource limit");
  const auto bound = [&](const std::string& word) -> unsigned long long {
    if (word == "unlimited") return Limit::unlimited;
    const auto number = parse_integer(word, 0, std::numeric_limits<long long>::max());
    if (!number) refuse("--limit", text, "is not NAME=N, NAME=SOFT:HARD or NAME=unlimited");
    return static_cast<unsigned long long>(*number);
  };
  const std::size_t colon = value.find(':');
  const std::string soft = value.substr(0, colon);
  return {name, bound(soft), bound(colon == std::string::npos ? soft : value.substr(colon + 1))};
}

unsigned umask_from(const std::string& text) {
  if (text.empty() || text.size() > 4 || text.find_first_not_of("01234567") != std::string::npos)
    refuse("--umask", text, "is not an octal mask such as 022");
  const auto mask = static_cast<unsigned>(std::stoul(text, nullptr, 8));
  if (mask > 0777) refuse("--umask", text, "is not an octal mask such as 022");
  return mask;
}

// An option whose values change the spec one by one.
template <class Change>
void add_each(CLI::App& app, const std::string& name, const std::string& type, const std::string& help,
              Change change) {
  app.add_option_function<std::vector<std::string>>(
         name,
         [change](const std::vector<std::string>& values) {
           for (const auto& value : values) change(value);
         },
         help)
      ->type_name(type)
      ->allow_extra_args(false);
}

void add_environment_options(CLI::App& app, JobSpec& spec) {
  // Files first, whatever the order on the command line: a single --env is the more deliberate word.
  add_each(app, "--env-file", "FILE", "Set variables from a file of NAME=VALUE lines",
           [&spec](const std::string& value) { read_env_file(value, spec); });
  add_each(app, "--env", "NAME=VALUE", "Set a variable of the environment", [&spec](const std::string& value) {
    const auto [name, text] = key_and_value("--env", value);
    spec.set_env[name] = text;
  });
  add_each(app, "--unset", "NAME", "Remove a variable from the environment",
           [&spec](const std::string& value) { spec.unset_env.push_back(value); });
  app.add_flag("--clear-env", spec.clear_env, "Begin with an empty environment");
}

}  // namespace

void add_launch_options(CLI::App& app, JobSpec& spec) {
  const auto name = [&spec](const std::string& text) {
    if (const std::string problem = job_name_problem(text); !problem.empty()) refuse("--name", text, problem);
    spec.name = text;
  };
  app.add_option_function<std::string>("--name", name, "Name of the job (default: that of the command)")
      ->type_name("NAME");
  add_each(app, "--label", "KEY=VALUE", "Attach a label to the record", [&spec](const std::string& value) {
    const auto [key, text] = key_and_value("--label", value);
    if (!is_utf8(value)) refuse("--label", value, "is not UTF-8");
    spec.labels[key] = text;
  });
  const auto method = [&spec](const std::string& text) {
    spec.method = parse_start_method(text);
    if (!spec.method) refuse("--method", text, "is not a start method: fork or spawn");
  };
  app.add_option_function<std::string>("--method", method, "Start method: fork (default) or spawn")
      ->type_name("METHOD");
  app.add_option("--cwd", spec.cwd, "Directory to run in")->type_name("DIR");
  add_environment_options(app, spec);
  app.add_option("--stdin", spec.stdin_file, "File to read standard input from")->type_name("FILE");
  app.add_option("--stdout", spec.stdout_file, "File to append standard output to")->type_name("FILE");
  app.add_option("--stderr", spec.stderr_file, "File to append standard error to")->type_name("FILE");
  add_each(app, "--pass-fd", "N", "Keep a descriptor open for the command", [&spec](const std::string& value) {
    const auto fd = parse_integer(value, 0, 1 << 30);
    if (!fd) refuse("--pass-fd", value, "is not the number of a descriptor");
    spec.pass_fds.push_back(static_cast<int>(*fd));
  });
  app.add_option_function<std::string>(
         "--umask", [&spec](const std::string& text) { spec.umask = umask_from(text); }, "File mode creation mask")
      ->type_name("MASK");
  const auto nice = [&spec](const std::string& text) {
    const auto number = parse_integer(text, -40, 40);
    if (!number) refuse("--nice", text, "is not a whole number from -40 to 40");
    spec.nice = static_cast<int>(*number);
  };
  app.add_option_function<std::string>("--nice", nice, "Add to the nice value")->type_name("N");
  add_each(app, "--limit", "NAME=VALUE", "Set a resource limit, such as nofile=1024 or core=0:unlimited",
           [&spec](const std::string& value) { spec.limits.push_back(limit_from(value)); });
  add_duration(app, "--timeout", spec.timeout, "Terminate the job after this time");
  const auto stop = [&spec](const std::string& text) {
    const auto signal = parse_signal(text);
    if (!signal) refuse("--stop-signal", text, "is not a signal: a name such as TERM, or its number");
    spec.stop_signal = *signal;
  };
  app.add_option_function<std::string>("--stop-signal", stop, "Signal that asks it to end (default: TERM)")
      ->type_name("SIG");
  const auto grace = [&spec](const std::string& text) {
    const auto time = parse_duration(text);
    if (!time) refuse("--grace", text, "is not a length of time: seconds, or 250ms, 1.5s, 10m, 2h, 1d, inf");
    spec.grace = *time;
  };
  app.add_option_function<std::string>("--grace", grace, "Time between stop signal and SIGKILL (default: 10)")
      ->type_name("SECS");
  const auto orphans = [&spec](const std::string& text) {
    spec.orphans = parse_orphan_policy(text);
    if (!spec.orphans) refuse("--orphans", text, "is none of leave, wait and terminate");
  };
  app.add_option_function<std::string>("--orphans", orphans,
                                       "What becomes of processes it leaves behind: leave, wait or terminate")
      ->type_name("WHAT");
}

void add_background_options(CLI::App& app, JobSpec& spec) {
  app.add_flag("--split-logs", spec.split_logs, "Capture stdout and stderr in two files");
  app.add_flag("--inherit-fds", spec.inherit_fds, "Keep all descriptors open for the command (method fork)");
}

}  // namespace brood::cli
