// SPDX-License-Identifier: MIT
#include "launch/environment.hpp"

#include <algorithm>

#include "brood/error.hpp"
#include "brood/text.hpp"

namespace brood::launch {
namespace {

std::string_view name_of(std::string_view entry) { return entry.substr(0, entry.find('=')); }

bool is_changed(const EnvironmentChange& change, std::string_view name) {
  return change.set.count(std::string(name)) > 0 ||
         std::find(change.unset.begin(), change.unset.end(), name) != change.unset.end();
}

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

}  // namespace

void check_word(std::string_view word) {
  if (has_nul(word))
    throw Error(Errc::bad_value, "pass '" + printable(word) + "': an argument cannot have a NUL in it");
}

void check_environment(const std::map<std::string, std::string>& set) {
  for (const auto& [name, value] : set) {
    if (name.empty() || name.find('=') != std::string::npos || has_nul(name))
      throw Error(Errc::bad_value, "set '" + printable(name) + "': not the name of a variable");
    if (has_nul(value))
      throw Error(Errc::bad_value, "set '" + printable(name) + "': a value cannot have a NUL in it");
  }
}

std::vector<std::string> changed_environment(char* const* base, const JobSpec& spec) {
  return changed_environment(base, EnvironmentChange{spec.clear_env, spec.unset_env, spec.set_env});
}

std::vector<std::string> changed_environment(char* const* base, const EnvironmentChange& change) {
  std::vector<std::string> environment;
  const bool changes = !change.set.empty() || !change.unset.empty();
  if (!change.clear)
    for (; base && *base; ++base)
      if (!changes || !is_changed(change, name_of(*base))) environment.emplace_back(*base);
  for (const auto& [name, value] : change.set) environment.push_back(name + "=" + value);
  return environment;
}

const char* value_in(const std::vector<std::string>& environment, std::string_view name) {
  for (const auto& entry : environment)
    if (entry.size() > name.size() && entry[name.size()] == '=' && name_of(entry) == name)
      return entry.c_str() + name.size() + 1;
  return nullptr;
}

}  // namespace brood::launch
