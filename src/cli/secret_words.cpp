// SPDX-License-Identifier: MIT
#include "cli/secret_words.hpp"

#include <cstring>

namespace brood::cli {
namespace {

constexpr char option[] = "--env";
constexpr std::size_t option_length = sizeof option - 1;

void cover_value(char* assignment) {
  char* const equals = std::strchr(assignment, '=');
  if (equals) std::memset(equals + 1, '*', std::strlen(equals + 1));
}

}  // namespace

// Not parsed: an option of the target that looks the same is covered, too, if there is no `--` before it. The target has
// it all the same, and it shows there.
void cover_secret_words(int argc, char** argv) noexcept {
  for (int i = 1; i < argc && std::strcmp(argv[i], "--") != 0; ++i) {
    if (std::strncmp(argv[i], option, option_length) != 0) continue;
    if (argv[i][option_length] == '=') cover_value(argv[i] + option_length + 1);
    if (argv[i][option_length] == '\0' && i + 1 < argc) cover_value(argv[i + 1]);
  }
}

}  // namespace brood::cli
