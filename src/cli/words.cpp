// SPDX-License-Identifier: MIT
#include "cli/words.hpp"

namespace brood::cli {
namespace {

bool is_option(const std::string& word) { return word.size() > 1 && word[0] == '-'; }

const CLI::Option* find_option(const CLI::App& app, const std::string& name) {
  if (const CLI::Option* option = app.get_option_no_throw(name)) return option;
  return app.get_parent() ? find_option(*app.get_parent(), name) : nullptr;
}

bool takes_value(const CLI::App& app, const std::string& name) {
  const CLI::Option* option = find_option(app, name);
  return option && option->get_items_expected_max() > 0;
}

// Is the word after this one its value?
bool wants_next(const CLI::App& app, const std::string& word) {
  if (word.compare(0, 2, "--") == 0) return word.find('=') == std::string::npos && takes_value(app, word);
  // Short options may stand together; the first that takes a value takes the rest of the word, if there is any.
  for (std::size_t i = 1; i < word.size(); ++i)
    if (takes_value(app, std::string("-") + word[i])) return i + 1 == word.size();
  return false;
}

// The place of the first word that is no option and no value of one; '--' counts as such.
std::size_t end_of_options(const CLI::App& app, const std::vector<std::string>& words) {
  std::size_t at = 0;
  while (at < words.size() && is_option(words[at]) && words[at] != "--") at += wants_next(app, words[at]) ? 2u : 1u;
  return std::min(at, words.size());
}

using Difference = std::vector<std::string>::difference_type;

}  // namespace

Words split_at_command(const CLI::App& root, const std::vector<std::string>& words) {
  const std::size_t at = end_of_options(root, words);
  Words split;
  split.before.assign(words.begin(), words.begin() + static_cast<Difference>(at));
  if (at == words.size()) return split;
  split.command = words[at];
  split.after.assign(words.begin() + static_cast<Difference>(at) + 1, words.end());
  return split;
}

std::vector<std::string> take_target(const CLI::App& app, std::vector<std::string>& words) {
  const std::size_t at = end_of_options(app, words);
  const bool is_mark = at < words.size() && words[at] == "--";
  std::vector<std::string> target(words.begin() + static_cast<Difference>(at + (is_mark ? 1 : 0)), words.end());
  words.resize(at);
  return target;
}

}  // namespace brood::cli
