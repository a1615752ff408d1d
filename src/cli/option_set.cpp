// SPDX-License-Identifier: MIT
#include "cli/option_set.hpp"

#include <algorithm>

#include "brood/text.hpp"
#include "cli/cli11.hpp"

namespace brood::cli {

void refuse_value(const std::string& option, const std::string& value, const std::string& why, Errc code) {
  throw Error(code, "read the command line: " + option + ": '" + fit(printable(value), 60) + "' " + why);
}

OptionSet::OptionSet(CLI::App* app, const std::vector<std::string>* words) : app_(app), words_(words) {
  const auto is_help = [](const std::string& word) { return word == "--help" || word == "-h"; };
  if (words_ && std::any_of(words_->begin(), words_->end(), is_help)) words_ = nullptr;
}

// "-t,--timeout": any word that begins so, or any cluster of short options.
bool OptionSet::is_wanted(const std::string& names) const {
  if (!app_) return false;
  if (!words_) return true;
  const std::size_t dashes = names.find("--");
  const std::string name = dashes == std::string::npos ? names : names.substr(dashes);
  const bool has_short = dashes != 0;
  return std::any_of(words_->begin(), words_->end(), [&](const std::string& word) {
    return word.compare(0, name.size(), name) == 0 || (has_short && word[0] == '-' && word[1] != '-');
  });
}

void OptionSet::flag(const std::string& names, const std::string& help, bool& value) {
  if (is_wanted(names)) app_->add_flag(names, value, help);
}

void OptionSet::flag(const std::string& names, const std::string& help, const std::function<void()>& action) {
  if (is_wanted(names)) app_->add_flag_callback(names, action, help);
}

void OptionSet::text(const std::string& names, const std::string& type, const std::string& help,
                     std::string& value) {
  this->value(names, type, help, [&value, names](const std::string& text) {
    if (text.empty()) refuse_value(names, text, "is empty");
    value = text;
  });
}

void OptionSet::value(const std::string& names, const std::string& type, const std::string& help,
                      const Reader& read) {
  if (is_wanted(names)) app_->add_option_function<std::string>(names, read, help)->type_name(type);
}

void OptionSet::values(const std::string& names, const std::string& type, const std::string& help,
                       const Reader& read) {
  if (!is_wanted(names)) return;
  const auto read_all = [read](const std::vector<std::string>& all) {
    for (const auto& one : all) read(one);
  };
  app_->add_option_function<std::vector<std::string>>(names, read_all, help)
      ->type_name(type)
      ->allow_extra_args(false);
}

void OptionSet::positional(const std::string& name, const std::string& help, std::string& value) {
  positionals_.push_back({&value, nullptr, Need::required});
  if (app_) app_->add_option(name, value, help)->type_name("")->required();
}

void OptionSet::positional(const std::string& name, const std::string& help,
                           std::optional<std::string>& value) {
  positionals_.push_back({nullptr, nullptr, Need::optional, &value});
  if (app_)
    app_->add_option_function<std::string>(
            name, [&value](const std::string& word) { value = word; }, help)
        ->type_name("");
}

void OptionSet::positionals(const std::string& name, const std::string& help,
                            std::vector<std::string>& values, Need need) {
  positionals_.push_back({nullptr, &values, need});
  if (app_) app_->add_option(name, values, help)->type_name("")->required(need == Need::required);
}

// An option that is not there has not been given, and forbids and wants nothing.
void OptionSet::exclusive(const std::vector<std::string>& names) {
  if (!app_) return;
  for (std::size_t i = 0; i < names.size(); ++i)
    for (std::size_t k = i + 1; k < names.size(); ++k) {
      CLI::Option* one = app_->get_option_no_throw(names[i]);
      CLI::Option* other = app_->get_option_no_throw(names[k]);
      if (one && other) one->excludes(other);
    }
}

void OptionSet::alone(const std::string& name) {
  CLI::Option* lonely = app_ ? app_->get_option_no_throw(name) : nullptr;
  if (!lonely) return;
  for (CLI::Option* option : app_->get_options({}))
    if (option != lonely && option != app_->get_help_ptr()) lonely->excludes(option);
}

void OptionSet::requires_other(const std::string& name, const std::string& other) {
  CLI::Option* option = app_ ? app_->get_option_no_throw(name) : nullptr;
  if (!option) return;
  if (CLI::Option* needed = app_->get_option_no_throw(other))
    option->needs(needed);
  else
    throw Error(Errc::bad_value, "read the command line: " + name + " requires " + other);
}

bool OptionSet::assign(const std::vector<std::string>& words) const {
  auto word = words.begin();
  for (const Positional& positional : positionals_) {
    if (word == words.end() && positional.need == Need::required) return false;
    if (positional.maybe) {
      if (word != words.end()) *positional.maybe = *word++;
    } else if (positional.many) {
      positional.many->assign(word, words.end());
      word = words.end();
    } else {
      *positional.one = *word++;
    }
  }
  return word == words.end();
}

}  // namespace brood::cli
