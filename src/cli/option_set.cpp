// SPDX-License-Identifier: MIT
#include "cli/option_set.hpp"

#include "brood/text.hpp"
#include "cli/cli11.hpp"

namespace brood::cli {

void refuse_value(const std::string& option, const std::string& value, const std::string& why, Errc code) {
  throw Error(code, "read the command line: " + option + ": '" + fit(printable(value), 60) + "' " + why);
}

void OptionSet::flag(const std::string& names, const std::string& help, bool& value) {
  if (app_) app_->add_flag(names, value, help);
}

void OptionSet::flag(const std::string& names, const std::string& help, const std::function<void()>& action) {
  if (app_) app_->add_flag_callback(names, action, help);
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
  if (app_) app_->add_option_function<std::string>(names, read, help)->type_name(type);
}

void OptionSet::values(const std::string& names, const std::string& type, const std::string& help,
                       const Reader& read) {
  if (!app_) return;
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

void OptionSet::positionals(const std::string& name, const std::string& help,
                            std::vector<std::string>& values, Need need) {
  positionals_.push_back({nullptr, &values, need});
  if (app_) app_->add_option(name, values, help)->type_name("")->required(need == Need::required);
}

void OptionSet::exclusive(const std::vector<std::string>& names) {
  if (!app_) return;
  for (std::size_t i = 0; i < names.size(); ++i)
    for (std::size_t k = i + 1; k < names.size(); ++k)
      app_->get_option(names[i])->excludes(app_->get_option(names[k]));
}

void OptionSet::alone(const std::string& name) {
  if (!app_) return;
  CLI::Option* lonely = app_->get_option(name);
  for (CLI::Option* option : app_->get_options({}))
    if (option != lonely && option != app_->get_help_ptr()) lonely->excludes(option);
}

void OptionSet::requires_other(const std::string& name, const std::string& other) {
  if (app_) app_->get_option(name)->needs(app_->get_option(other));
}

bool OptionSet::assign(const std::vector<std::string>& words) const {
  auto word = words.begin();
  for (const Positional& positional : positionals_) {
    if (word == words.end() && positional.need == Need::required) return false;
    if (positional.many) {
      positional.many->assign(word, words.end());
      word = words.end();
    } else {
      *positional.one = *word++;
    }
  }
  return word == words.end();
}

}  // namespace brood::cli
