// SPDX-License-Identifier: MIT
#include "cli/foresee.hpp"

#include <string_view>

#include "brood/console.hpp"

namespace brood::cli {

bool will_fork_monitor(int argc, const char* const* argv) {
  if (argc < 2 || std::string_view(argv[1]) != "start") return false;
  // The last word on the method counts, and an option is the later one.
  const auto variable = console::environment("BROOD_START_METHOD");
  bool is_fork = !variable || variable->empty() || *variable == "fork";
  bool was_option = false;
  for (int i = 2; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--") break;
    if (word == "--method=fork" || (word == "fork" && std::string_view(argv[i - 1]) == "--method"))
      is_fork = true;
    else if (word.substr(0, 8) == "--method")
      is_fork = false;
    // Of two plain words in a row, the second is none that an option could want: the target has begun.
    const bool is_option = word.size() > 1 && word[0] == '-';
    if (!is_option && !was_option) break;
    was_option = is_option;
  }
  return is_fork;
}

}  // namespace brood::cli
