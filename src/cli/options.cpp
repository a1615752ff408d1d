// SPDX-License-Identifier: MIT
#include "cli/options.hpp"

#include "brood/text.hpp"

namespace brood::cli {
namespace {

// "-t,--timeout" is spoken of as "--timeout".
std::string spoken(const std::string& names) {
  const std::size_t dashes = names.find("--");
  return dashes == std::string::npos ? names : names.substr(dashes);
}

}  // namespace

void add_duration(OptionSet& set, const std::string& names, const std::string& help,
                  std::optional<Duration>& value) {
  set.value(names, "SECS", help, [&value, name = spoken(names)](const std::string& text) {
    value = parse_duration(text);
    if (!value)
      refuse_value(name, text, "is not a length of time: seconds, or 250ms, 1.5s, 10m, 2h, 1d, inf");
  });
}

void add_number(OptionSet& set, const std::string& names, const std::string& help, long long least,
                long long most, std::optional<long long>& value) {
  set.value(names, "N", help, [&value, least, most, name = spoken(names)](const std::string& text) {
    value = parse_integer(text, least, most);
    if (!value)
      refuse_value(name, text,
                   "is not a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  });
}

void add_signal(OptionSet& set, const std::string& names, const std::string& help,
                std::optional<int>& value) {
  set.value(names, "SIG", help, [&value, name = spoken(names)](const std::string& text) {
    value = parse_signal(text);
    if (!value) refuse_value(name, text, "is not a signal: a name such as TERM, or its number");
  });
}

StartMethod start_method_from(const std::string& option, const std::string& word) {
  const auto method = parse_start_method(word);
  if (!method) refuse_value(option, word, "is not a start method: fork, spawn or forkserver");
  return *method;
}

void add_job(OptionSet& set, std::string& job) { set.positional("JOB", "Id or name", job); }

void add_jobs(OptionSet& set, std::vector<std::string>& jobs) {
  set.positionals("JOB", "Ids or names", jobs, OptionSet::Need::required);
}

void add_all(OptionSet& set, Matching& matching) {
  set.flag("--all", "A name means every live job that bears it", [&matching] { matching = Matching::all; });
}

void add_scope(OptionSet& set, Scope& scope) {
  set.flag("--target-only", "Only the target, not what it has started",
           [&scope] { scope = Scope::target_only; });
}

void add_authkey_file(OptionSet& set, std::string& file) {
  set.text("--authkey-file", "FILE", "Prove with this key that the job is ours", file);
}

}  // namespace brood::cli
