// SPDX-License-Identifier: MIT
#include "cli/options.hpp"

#include "brood/text.hpp"

namespace brood::cli {
namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& value, const std::string& why) {
  throw CLI::ValidationError(option, "'" + fit(printable(value), 60) + "' " + why);
}

// "-t,--timeout" is spoken of as "--timeout".
std::string spoken(const std::string& names) {
  const std::size_t dashes = names.find("--");
  return dashes == std::string::npos ? names : names.substr(dashes);
}

}  // namespace

CLI::Option* add_duration(CLI::App& app, const std::string& names, std::optional<Duration>& value,
                          const std::string& help) {
  const auto read = [&value, name = spoken(names)](const std::string& text) {
    value = parse_duration(text);
    if (!value) refuse(name, text, "is not a length of time: seconds, or 250ms, 1.5s, 10m, 2h, 1d, inf");
  };
  return app.add_option_function<std::string>(names, read, help)->type_name("SECS");
}

CLI::Option* add_signal(CLI::App& app, const std::string& names, std::optional<int>& value, const std::string& help) {
  const auto read = [&value, name = spoken(names)](const std::string& text) {
    value = parse_signal(text);
    if (!value) refuse(name, text, "is not a signal: a name such as TERM, or its number");
  };
  return app.add_option_function<std::string>(names, read, help)->type_name("SIG");
}

CLI::Option* add_number(CLI::App& app, const std::string& names, std::optional<long long>& value, long long least,
                        long long most, const std::string& help) {
  const auto read = [&value, least, most, name = spoken(names)](const std::string& text) {
    value = parse_integer(text, least, most);
    if (!value)
      refuse(name, text, "is not a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  };
  return app.add_option_function<std::string>(names, read, help)->type_name("N");
}

CLI::Option* add_list(CLI::App& app, const std::string& names, std::vector<std::string>& values,
                      const std::string& type, const std::string& help) {
  return app.add_option(names, values, help)->type_name(type)->allow_extra_args(false);
}

CLI::Option* add_jobs(CLI::App& app, std::vector<std::string>& jobs) {
  return app.add_option("JOB", jobs, "Ids or names")->type_name("")->required();
}

CLI::Option* add_job(CLI::App& app, std::string& job) {
  return app.add_option("JOB", job, "Id or name")->type_name("")->required();
}

void add_all(CLI::App& app, Matching& matching) {
  app.add_flag_callback(
      "--all", [&matching] { matching = Matching::all; }, "A name means every live job that bears it");
}

void add_scope(CLI::App& app, Scope& scope) {
  app.add_flag_callback(
      "--target-only", [&scope] { scope = Scope::target_only; }, "Only the target, not what it has started");
}

}  // namespace brood::cli
