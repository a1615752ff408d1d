// SPDX-License-Identifier: MIT
#include "cli/env_file.hpp"

#include "brood/console.hpp"
#include "brood/error.hpp"
#include "brood/text.hpp"

namespace brood::cli {
namespace {

// More than any kernel lets a program begin with.
constexpr std::size_t most_bytes = 8 * 1024 * 1024;

}  // namespace

void read_env_file(const std::string& path, std::map<std::string, std::string>& variables) {
  const std::string text = console::read_file(path, most_bytes);
  std::size_t number = 0;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string line = text.substr(start, end - start);
    start = end + 1;
    ++number;
    if (line.empty() || line[0] == '#') continue;
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos || equals == 0 || line.find('\0') != std::string::npos)
      throw Error(Errc::bad_value, "read '" + printable(path) + "', line " + std::to_string(number) +
                                       ": it is not of the form NAME=VALUE");
    variables[line.substr(0, equals)] = line.substr(equals + 1);
  }
}

}  // namespace brood::cli
