// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "brood/job_spec.hpp"

namespace brood::launch {

/// The caller's environment `base` (null-terminated) as the spec changes it, byte for byte where it does not. Entries
/// without '=' and doubled names pass through.
std::vector<std::string> changed_environment(char* const* base, const JobSpec& spec);
/// The same from its parts.
struct EnvironmentChange {
  bool clear = false;
  const std::vector<std::string>& unset;
  const std::map<std::string, std::string>& set;
};
std::vector<std::string> changed_environment(char* const* base, const EnvironmentChange& change);

/// Errc::bad_value for what execve would cut off or misunderstand: a NUL in it, the name of no variable.
void check_word(std::string_view word);
void check_environment(const std::map<std::string, std::string>& set);

/// The value of NAME in a list of NAME=VALUE; null if it is not there.
const char* value_in(const std::vector<std::string>& environment, std::string_view name);

}  // namespace brood::launch
