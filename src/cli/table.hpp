// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace brood::cli {

/// One cell: its text, and escape sequences around it that take no room.
struct Cell {
  std::string text;
  std::string_view before = {};  // these two are literals
  std::string_view after = {};
};

/// Rows in columns, the first row being the heading. With a `width`, the last column is cut to fit it.
std::string table(const std::vector<std::vector<Cell>>& rows, std::size_t width);

}  // namespace brood::cli
