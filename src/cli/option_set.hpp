// SPDX-License-Identifier: MIT
// The options of a command, declared without the parser's header: that one costs each unit that includes it some
// kilobytes of start-up code, and seconds to compile.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "brood/error.hpp"

namespace CLI {
class App;
}

namespace brood::cli {

/// Says why `value` is none for `option`.
[[noreturn]] void refuse_value(const std::string& option, const std::string& value, const std::string& why,
                               Errc code = Errc::bad_value);

class OptionSet {
 public:
  using Reader = std::function<void(const std::string&)>;
  enum class Need { required, optional };

  /// Declares to the parser; without one, only positionals are remembered, for assign(). Given the words that will be
  /// parsed, options that are not among them are left out: each costs some microseconds. With --help, all are there.
  explicit OptionSet(CLI::App* app, const std::vector<std::string>* words = nullptr);

  // `names` is "-t,--timeout" or "--name"; `type` is what the help shows for the value.
  void flag(const std::string& names, const std::string& help, bool& value);
  void flag(const std::string& names, const std::string& help, const std::function<void()>& action);
  void text(const std::string& names, const std::string& type, const std::string& help, std::string& value);
  /// `read` is given the value, and throws if it is none (refuse_value).
  void value(const std::string& names, const std::string& type, const std::string& help, const Reader& read);
  /// May be given again and again, one value each time.
  void values(const std::string& names, const std::string& type, const std::string& help, const Reader& read);

  void positional(const std::string& name, const std::string& help, std::string& value);
  /// One that may be left out.
  void positional(const std::string& name, const std::string& help, std::optional<std::string>& value);
  void positionals(const std::string& name, const std::string& help, std::vector<std::string>& values,
                   Need need);

  /// At most one of these may be given.
  void exclusive(const std::vector<std::string>& names);
  /// With `name`, none of the other options of the command may be given.
  void alone(const std::string& name);
  /// `name` makes sense only together with `other`.
  void requires_other(const std::string& name, const std::string& other);

  /// Gives words of which none is an option to the positionals. False if there are too many or too few: the parser has
  /// the words for that.
  bool assign(const std::vector<std::string>& words) const;

 private:
  struct Positional {
    std::string* one;
    std::vector<std::string>* many;
    Need need;
    std::optional<std::string>* maybe = nullptr;
  };
  bool is_wanted(const std::string& names) const;

  CLI::App* app_;
  const std::vector<std::string>* words_;
  std::vector<Positional> positionals_;
};

}  // namespace brood::cli
