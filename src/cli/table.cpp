// SPDX-License-Identifier: MIT
#include "cli/table.hpp"

#include <algorithm>

#include "brood/text.hpp"

namespace brood::cli {
namespace {

constexpr std::size_t gap = 2;

std::vector<std::size_t> column_widths(const std::vector<std::vector<Cell>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i].text));
  }
  return widths;
}

}  // namespace

std::string table(const std::vector<std::vector<Cell>>& rows, std::size_t width) {
  const auto widths = column_widths(rows);
  std::string text;
  for (const auto& row : rows) {
    std::size_t used = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool is_last = i + 1 == row.size();
      const std::size_t room = width > used ? width - used : 1;
      const std::string shown = is_last && width > 0 ? fit(row[i].text, room) : row[i].text;
      text.append(row[i].before).append(shown).append(row[i].after);
      if (!is_last) text.append(widths[i] - display_width(shown) + gap, ' ');
      used += widths[i] + gap;
    }
    while (!text.empty() && text.back() == ' ') text.pop_back();
    text += '\n';
  }
  return text;
}

}  // namespace brood::cli
