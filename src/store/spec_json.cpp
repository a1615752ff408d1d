// SPDX-License-Identifier: MIT
#include "store/spec_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "brood/error.hpp"
#include "brood/text.hpp"
#include "store/hex.hpp"
#include "store/number_json.hpp"

namespace brood::store {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;

std::vector<std::string> strings_from(const Json& fields, const std::string& key) {
  std::vector<std::string> strings;
  if (const auto hex = fields.find(key + "_hex"); hex != fields.end()) {
    for (const auto& text : *hex) strings.push_back(from_hex(text.get<std::string>()));
  } else if (const auto plain = fields.find(key); plain != fields.end()) {
    for (const auto& text : *plain) strings.push_back(text.get<std::string>());
  }
  return strings;
}

// A program may ask for any length of time; it is acted upon as one of these.
milliseconds possible(milliseconds duration) {
  return std::clamp(duration, milliseconds(0), longest_duration);
}

milliseconds from_seconds(double seconds) {
  const auto most = std::chrono::duration<double>(longest_duration).count();
  return milliseconds(static_cast<std::int64_t>(std::clamp(seconds, 0.0, most) * 1000 + 0.5));
}

std::vector<Limit> limits_from(const Json& options) {
  std::vector<Limit> limits;
  const auto found = options.find("limits");
  if (found == options.end()) return limits;
  for (const auto& entry : *found) {
    const auto bound = [&](const char* key) {
      return entry.at(key).is_null() ? Limit::unlimited
                                     : whole_number<unsigned long long>(entry.at(key), key);
    };
    limits.push_back({entry.at("name").get<std::string>(), bound("soft"), bound("hard")});
  }
  return limits;
}

void read_options(const Json& options, JobSpec& spec) {
  spec.cwd = text_from(options, "cwd");
  spec.clear_env = options.value("clear_env", false);
  spec.unset_env = strings_from(options, "unset_env");
  for (const auto& name : strings_from(options, "set_env"))
    spec.set_env[name];  // values: see the environment file
  spec.stdin_file = text_from(options, "stdin");
  spec.stdout_file = text_from(options, "stdout");
  spec.stderr_file = text_from(options, "stderr");
  spec.split_logs = options.value("split_logs", false);
  if (const auto fds = options.find("pass_fds"); fds != options.end())
    for (const auto& fd : *fds) spec.pass_fds.push_back(whole_number<int>(fd, "pass_fds", 0));
  spec.inherit_fds = options.value("inherit_fds", false);
  if (options.contains("umask")) spec.umask = whole_number<unsigned>(options.at("umask"), "umask", 0, 0777);
  if (options.contains("nice")) spec.nice = whole_number<int>(options.at("nice"), "nice");
  spec.limits = limits_from(options);
  if (options.contains("stop_signal"))
    spec.stop_signal = parse_signal(options.at("stop_signal").get<std::string>()).value_or(spec.stop_signal);
  if (options.contains("grace_ms"))
    spec.grace = possible(milliseconds(whole_number<std::int64_t>(options.at("grace_ms"), "grace_ms")));
  if (options.contains("orphans"))
    spec.orphans = parse_orphan_policy(options.at("orphans").get<std::string>());
}

}  // namespace

std::string text_from(const Json& fields, const char* key) {
  if (const auto hex = fields.find(std::string(key) + "_hex"); hex != fields.end())
    return from_hex(hex->get<std::string>());
  const auto plain = fields.find(key);
  return plain == fields.end() || plain->is_null() ? std::string() : plain->get<std::string>();
}

JobSpec spec_from_json(const Json& fields) {
  JobSpec spec;
  spec.target = strings_from(fields, "target");
  if (const auto labels = fields.find("labels"); labels != fields.end())
    for (const auto& [key, value] : labels->items()) spec.labels[key] = value.get<std::string>();
  if (const auto method = fields.find("start_method"); method != fields.end())
    spec.method = parse_start_method(method->get<std::string>());
  if (const auto timeout = fields.find("timeout"); timeout != fields.end() && timeout->is_number())
    spec.timeout = from_seconds(timeout->get<double>());
  if (const auto options = fields.find("options"); options != fields.end()) read_options(*options, spec);
  return spec;
}

}  // namespace brood::store
