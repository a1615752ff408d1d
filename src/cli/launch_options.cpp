// SPDX-License-Identifier: MIT
#include <algorithm>
#include <limits>

#include "brood/console.hpp"
#include "brood/text.hpp"
#include "cli/env_file.hpp"
#include "cli/options.hpp"

namespace brood::cli {
namespace {

std::pair<std::string, std::string> key_and_value(const std::string& option, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) refuse_value(option, text, "is not of the form NAME=VALUE");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

// "N", "SOFT:HARD"; each a number or "unlimited".
Limit limit_from(const std::string& text) {
  const auto [name, value] = key_and_value("--limit", text);
  const auto known = limit_names();
  if (std::find(known.begin(), known.end(), name) == known.end())
    refuse_value("--limit", name, "is not a resource limit");
  const auto bound = [&text](const std::string& word) -> unsigned long long {
    if (word == "unlimited") return Limit::unlimited;
    const auto number = parse_integer(word, 0, std::numeric_limits<long long>::max());
    if (!number) refuse_value("--limit", text, "is not NAME=N, NAME=SOFT:HARD or NAME=unlimited");
    return static_cast<unsigned long long>(*number);
  };
  const std::size_t colon = value.find(':');
  const std::string soft = value.substr(0, colon);
  Limit limit{name, bound(soft), bound(colon == std::string::npos ? soft : value.substr(colon + 1))};
  if (limit.soft > limit.hard) refuse_value("--limit", text, "has a soft limit above the hard one");
  return limit;
}

unsigned umask_from(const std::string& text) {
  if (text.empty() || text.size() > 4 || text.find_first_not_of("01234567") != std::string::npos)
    refuse_value("--umask", text, "is not an octal mask such as 022");
  const auto mask = static_cast<unsigned>(std::stoul(text, nullptr, 8));
  if (mask > 0777) refuse_value("--umask", text, "is not an octal mask such as 022");
  return mask;
}

int whole_number(const std::string& option, const std::string& text, int least, int most,
                 const std::string& what) {
  const auto number = parse_integer(text, least, most);
  if (!number) refuse_value(option, text, "is not " + what);
  return static_cast<int>(*number);
}

template <class Value>
Value known_word(const std::string& option, const std::string& text, std::optional<Value> value,
                 const std::string& what) {
  if (!value) refuse_value(option, text, "is not " + what);
  return *value;
}

void add_identity(OptionSet& set, JobSpec& spec) {
  set.value("--name", "NAME", "Name of the job (default: that of the command)",
            [&spec](const std::string& text) {
              if (const std::string problem = job_name_problem(text); !problem.empty())
                refuse_value("--name", text, "cannot be used: " + problem, Errc::bad_name);
              spec.name = text;
            });
  set.values("--label", "KEY=VALUE", "Attach a label to the record", [&spec](const std::string& text) {
    if (!is_utf8(text)) refuse_value("--label", text, "is not UTF-8");
    const auto [key, value] = key_and_value("--label", text);
    spec.labels[key] = value;
  });
  set.value("--method", "METHOD", "Start method: fork, spawn or forkserver; see brood start-method",
            [&spec](const std::string& text) { spec.method = start_method_from("--method", text); });
}

void add_parentage(OptionSet& set, JobSpec& spec) {
  set.flag("--daemon", "End with the parent; start no jobs", [&spec] { spec.daemon = true; });
  set.flag("--no-daemon", "Do not end with the parent (default)", [&spec] { spec.daemon = false; });
  set.exclusive({"--daemon", "--no-daemon"});
  set.value("--parent", "PID|JOB", "Whose child it is (default: this job's, else the caller's)",
            [&spec](const std::string& text) {
              if (text.empty()) refuse_value("--parent", text, "is not a process or job");
              spec.parent = text;
            });
}

void add_environment(OptionSet& set, JobSpec& spec) {
  // Files come first, whatever the order on the command line: a single --env is the more deliberate word.
  set.values("--env-file", "FILE", "Set variables from a file of NAME=VALUE lines",
             [&spec](const std::string& text) { read_env_file(text, spec.set_env); });
  set.values("--env", "NAME=VALUE", "Set a variable of the environment", [&spec](const std::string& text) {
    // What is wrong is not shown: it may be a secret, and logs keep it.
    if (text.find('=') == std::string::npos || text[0] == '=')
      throw Error(Errc::bad_value, "read the command line: --env: it is not of the form NAME=VALUE");
    const auto [name, value] = key_and_value("--env", text);
    spec.set_env[name] = value;
  });
  set.values("--unset", "NAME", "Remove a variable from the environment", [&spec](const std::string& text) {
    if (text.empty() || text.find('=') != std::string::npos)
      refuse_value("--unset", text, "is not the name of a variable");
    spec.unset_env.push_back(text);
  });
  set.flag("--clear-env", "Begin with an empty environment", spec.clear_env);
}

void add_streams(OptionSet& set, JobSpec& spec) {
  set.text("--stdin", "FILE", "File to read standard input from", spec.stdin_file);
  set.text("--stdout", "FILE", "File to append standard output to", spec.stdout_file);
  set.text("--stderr", "FILE", "File to append standard error to", spec.stderr_file);
  set.values("--pass-fd", "N", "Keep a descriptor open for the command", [&spec](const std::string& text) {
    spec.pass_fds.push_back(whole_number("--pass-fd", text, 0, 1 << 30, "the number of a descriptor"));
  });
}

void add_attributes(OptionSet& set, JobSpec& spec) {
  set.value("--umask", "MASK", "File mode creation mask",
            [&spec](const std::string& text) { spec.umask = umask_from(text); });
  set.value("--nice", "N", "Add to the nice value", [&spec](const std::string& text) {
    spec.nice = whole_number("--nice", text, -40, 40, "a whole number from -40 to 40");
  });
  set.values("--limit", "NAME=VALUE", "Set a resource limit, such as nofile=1024 or core=0:unlimited",
             [&spec](const std::string& text) { spec.limits.push_back(limit_from(text)); });
}

void add_ending(OptionSet& set, JobSpec& spec) {
  add_duration(set, "--timeout", "Terminate the job after this time", spec.timeout);
  set.value("--stop-signal", "SIG", "Signal that asks it to end (default: TERM)",
            [&spec](const std::string& text) {
              spec.stop_signal = known_word("--stop-signal", text, parse_signal(text),
                                            "a signal: a name such as TERM, or its number");
            });
  set.value("--grace", "SECS", "Time between stop signal and SIGKILL (default: 10)",
            [&spec](const std::string& text) {
              spec.grace = known_word("--grace", text, parse_duration(text),
                                      "a length of time: seconds, or 250ms, 1.5s, 10m, 2h, 1d, inf");
            });
  set.value("--orphans", "WHAT", "What becomes of processes it leaves behind: leave, wait or terminate",
            [&spec](const std::string& text) {
              spec.orphans = known_word("--orphans", text, parse_orphan_policy(text),
                                        "one of leave, wait and terminate");
            });
}

}  // namespace

void add_launch_options(OptionSet& set, JobSpec& spec) {
  add_identity(set, spec);
  add_parentage(set, spec);
  set.text("--cwd", "DIR", "Directory to run in", spec.cwd);
  add_environment(set, spec);
  add_streams(set, spec);
  add_attributes(set, spec);
  add_ending(set, spec);
  set.text("--authkey-file", "FILE", "Key for those who may end or change the job", spec.authkey_file);
}

// Ours are close-on-exec, the caller's are not: a number that the caller has closed must not come to mean one of ours.
void check_passed(const JobSpec& spec) {
  for (const int fd : spec.pass_fds)
    if (fd > 2 && !console::is_inherited(fd))
      throw Error(std::make_error_code(std::errc::bad_file_descriptor),
                  "pass descriptor " + std::to_string(fd));
}

void add_background_options(OptionSet& set, JobSpec& spec) {
  set.flag("--split-logs", "Capture stdout and stderr in two files", spec.split_logs);
  set.flag("--inherit-fds", "Keep all descriptors open for the command (method fork)", spec.inherit_fds);
}

}  // namespace brood::cli
