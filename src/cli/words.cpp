// SPDX-License-Identifier: MIT
#include "cli/words.hpp"

#include <algorithm>

namespace brood::cli {
namespace {

// Is the word after this one its value?
bool wants_next(const Parser& parser, const std::string& word) {
  if (word.compare(0, 2, "--") == 0) return word.find('=') == std::string::npos && parser.takes_value(word);
  // Short options may stand together; the first that takes a value takes the rest of the word, if there is any.
  for (std::size_t i = 1; i < word.size(); ++i)
    if (parser.takes_value(std::string("-") + word[i])) return i + 1 == word.size();
  return false;
}

// The place of the first word that is no option and no value of one; '--' counts as such.
std::size_t end_of_options(const Parser& parser, const std::vector<std::string>& words) {
  std::size_t at = 0;
  while (at < words.size() && is_option(words[at]) && words[at] != "--")
    at += wants_next(parser, words[at]) ? 2u : 1u;
  return std::min(at, words.size());
}

using Difference = std::vector<std::string>::difference_type;

}  // namespace

bool is_option(const std::string& word) { return word.size() > 1 && word[0] == '-'; }

bool has_flag(const Parser& parser, const std::vector<std::string>& words, const std::string& option) {
  for (std::size_t at = 0; at < words.size() && words[at] != "--";) {
    if (words[at] == option) return true;
    at += is_option(words[at]) && wants_next(parser, words[at]) ? 2u : 1u;
  }
  return false;
}

Words split_at_command(const Parser& parser, const std::vector<std::string>& words) {
  const std::size_t at = end_of_options(parser, words);
  Words split;
  split.before.assign(words.begin(), words.begin() + static_cast<Difference>(at));
  if (at == words.size()) return split;
  split.command = words[at];
  split.after.assign(words.begin() + static_cast<Difference>(at) + 1, words.end());
  return split;
}

std::vector<std::string> take_target(const Parser& parser, std::vector<std::string>& words) {
  const std::size_t at = end_of_options(parser, words);
  const bool is_mark = at < words.size() && words[at] == "--";
  std::vector<std::string> target(words.begin() + static_cast<Difference>(at + (is_mark ? 1 : 0)),
                                  words.end());
  words.resize(at);
  return target;
}

}  // namespace brood::cli
