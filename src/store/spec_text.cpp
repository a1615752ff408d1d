// SPDX-License-Identifier: MIT
#include "brood/text.hpp"
#include "store/object_text.hpp"
#include "store/spec_json.hpp"

namespace brood::store {
namespace {

std::string limits_text(const std::vector<Limit>& limits) {
  std::string list;
  for (const auto& limit : limits) {
    ObjectText entry;
    entry.string("name", limit.name);
    const auto add_bound = [&entry](const char* key, unsigned long long value) {
      if (value == Limit::unlimited)
        entry.null(key);
      else
        entry.number(key, value);
    };
    add_bound("soft", limit.soft);
    add_bound("hard", limit.hard);
    list += (list.empty() ? "[" : ",") + entry.finished();
  }
  return list + "]";
}

std::string numbers_text(const std::vector<int>& numbers) {
  std::string list;
  for (const int number : numbers) list += (list.empty() ? "[" : ",") + std::to_string(number);
  return list + "]";
}

}  // namespace

// Only what differs from the default is kept: the common record stays small.
std::string options_text(const JobSpec& spec) {
  const JobSpec standard;
  ObjectText options;
  options.text("cwd", spec.cwd);
  if (spec.clear_env) options.boolean("clear_env", true);
  if (!spec.unset_env.empty()) options.texts("unset_env", spec.unset_env);
  if (!spec.set_env.empty()) {  // names only: values are secrets until proven otherwise
    std::vector<std::string> names;
    for (const auto& [name, value] : spec.set_env) names.push_back(name);
    options.texts("set_env", names);
  }
  options.text("stdin", spec.stdin_file);
  options.text("stdout", spec.stdout_file);
  options.text("stderr", spec.stderr_file);
  if (spec.split_logs) options.boolean("split_logs", true);
  if (!spec.pass_fds.empty()) options.raw("pass_fds", numbers_text(spec.pass_fds));
  if (spec.inherit_fds) options.boolean("inherit_fds", true);
  if (spec.umask) options.number("umask", *spec.umask);
  if (spec.nice) options.number("nice", *spec.nice);
  if (!spec.limits.empty()) options.raw("limits", limits_text(spec.limits));
  if (spec.stop_signal != standard.stop_signal) options.string("stop_signal", signal_name(spec.stop_signal));
  if (spec.grace != standard.grace) options.number("grace_ms", spec.grace.count());
  if (spec.orphans) options.string("orphans", to_string(*spec.orphans));
  return options.finished();
}

}  // namespace brood::store
