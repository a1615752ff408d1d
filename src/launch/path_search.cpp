// SPDX-License-Identifier: MIT
#include "launch/path_search.hpp"

namespace brood::launch {

std::vector<std::string> candidate_paths(std::string_view program, const char* path) {
  if (program.empty() || program.find('/') != std::string_view::npos) return {std::string(program)};
  std::vector<std::string> candidates;
  std::string_view rest = path ? path : "/bin:/usr/bin";
  for (;;) {
    const std::size_t colon = rest.find(':');
    std::string candidate(rest.substr(0, colon));
    if (!candidate.empty() && candidate.back() != '/') candidate += '/';
    candidates.push_back(candidate += program);
    if (colon == std::string_view::npos) return candidates;
    rest.remove_prefix(colon + 1);
  }
}

}  // namespace brood::launch
