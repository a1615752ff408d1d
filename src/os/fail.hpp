// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <string>
#include <string_view>

#include "brood/error.hpp"
#include "brood/text.hpp"

namespace brood::os {

/// Throws what errno says, as "verb 'operand': why", in one line whatever a path is made of.
[[noreturn]] inline void fail(int number, std::string_view verb, std::string_view operand) {
  std::string doing(verb);
  if (!operand.empty()) doing.append(" '").append(printable(operand)).append("'");
  throw Error(std::error_code(number, std::system_category()), doing);
}
[[noreturn]] inline void fail(std::string_view verb, std::string_view operand = {}) {
  fail(errno, verb, operand);
}

}  // namespace brood::os
