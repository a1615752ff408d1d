// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>

namespace brood::cli {

/// Adds the variables of a file of NAME=VALUE lines. Blank lines and lines that begin with '#' do not count; values are
/// taken as they stand, without quotes or escapes. A wrong line is an Error that names it.
void read_env_file(const std::string& path, std::map<std::string, std::string>& variables);

}  // namespace brood::cli
