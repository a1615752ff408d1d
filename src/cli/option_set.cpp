// SPDX-License-Identifier: MIT
#include "cli/option_set.hpp"

#include "brood/error.hpp"
#include "brood/text.hpp"
#include "cli/cli11.hpp"

namespace brood::cli {

void refuse_value(const std::string& option, const std::string& value, const std::string& why) {
  throw Error(Errc::bad_value, "read the command line: " + option + ": '" + fit(printable(value), 60) + "' " + why);
}

void OptionSet::flag(const std::string& names, const std::string& help, bool& value) {
  app_.add_flag(names, value, help);
}

void OptionSet::flag(const std::string& names, const std::string& help, const std::function<void()>& action) {
  app_.add_flag_callback(names, action, help);
}

void OptionSet::text(const std::string& names, const std::string& type, const std::string& help, std::string& value) {
  app_.add_option(names, value, help)->type_name(type);
}

void OptionSet::value(const std::string& names, const std::string& type, const std::string& help,
                      const Reader& read) {
  app_.add_option_function<std::string>(names, read, help)->type_name(type);
}

void OptionSet::values(const std::string& names, const std::string& type, const std::string& help,
                       const Reader& read) {
  const auto read_all = [read](const std::vector<std::string>& all) {
    for (const auto& one : all) read(one);
  };
  app_.add_option_function<std::vector<std::string>>(names, read_all, help)->type_name(type)->allow_extra_args(false);
}

void OptionSet::positional(const std::string& name, const std::string& help, std::string& value) {
  app_.add_option(name, value, help)->type_name("")->required();
}

void OptionSet::positionals(const std::string& name, const std::string& help, std::vector<std::string>& values,
                            Need need) {
  app_.add_option(name, values, help)->type_name("")->required(need == Need::required);
}

void OptionSet::exclusive(const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i)
    for (std::size_t k = i + 1; k < names.size(); ++k) app_.get_option(names[i])->excludes(app_.get_option(names[k]));
}

void OptionSet::requires_other(const std::string& name, const std::string& other) {
  app_.get_option(name)->needs(app_.get_option(other));
}

}  // namespace brood::cli
