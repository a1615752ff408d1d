// SPDX-License-Identifier: MIT
#pragma once

#include <ostream>  // so that a check can print a code
#include <stdexcept>

#include "brood/error.hpp"

namespace brood::test {

/// The Error that `action` ends with.
template <class Action>
Error failure_of(Action&& action) {
  try {
    (void)action();
  } catch (const Error& error) {
    return error;
  }
  throw std::logic_error("it did not fail");
}

inline std::error_code system_error(int number) { return {number, std::system_category()}; }

}  // namespace brood::test
