// SPDX-License-Identifier: MIT
#include "launch/environment.hpp"

#include <algorithm>

namespace brood::launch {
namespace {

std::string_view name_of(std::string_view entry) { return entry.substr(0, entry.find('=')); }

bool is_changed(const JobSpec& spec, std::string_view name) {
  return spec.set_env.count(std::string(name)) > 0 ||
         std::find(spec.unset_env.begin(), spec.unset_env.end(), name) != spec.unset_env.end();
}

}  // namespace

std::vector<std::string> changed_environment(char* const* base, const JobSpec& spec) {
  std::vector<std::string> environment;
  const bool changes = !spec.set_env.empty() || !spec.unset_env.empty();
  if (!spec.clear_env)
    for (; base && *base; ++base)
      if (!changes || !is_changed(spec, name_of(*base))) environment.emplace_back(*base);
  for (const auto& [name, value] : spec.set_env) environment.push_back(name + "=" + value);
  return environment;
}

const char* value_in(const std::vector<std::string>& environment, std::string_view name) {
  for (const auto& entry : environment)
    if (entry.size() > name.size() && entry[name.size()] == '=' && name_of(entry) == name)
      return entry.c_str() + name.size() + 1;
  return nullptr;
}

}  // namespace brood::launch
