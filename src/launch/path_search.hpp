// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace brood::launch {

/// The paths under which execvp would look for `program` with this PATH (`path` may be null: unset): itself if it
/// has a slash, else one for each directory. An empty directory means the current one.
std::vector<std::string> candidate_paths(std::string_view program, const char* path);

}  // namespace brood::launch
