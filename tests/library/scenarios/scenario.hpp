// SPDX-License-Identifier: MIT
// The program that the parity cases run: `brood_scenarios CASE METHOD`. Each case is a whole program, so that it may
// do to itself what it likes (die, change its umask, ignore SIGCHLD), counts its children from 1, and ends as programs
// do. What it and its children print is what was seen.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "brood/error.hpp"
#include "brood/process.hpp"
#include "brood/start_method.hpp"
#include "library/children.hpp"
#include "os/pipe.hpp"

namespace brood::scenario {

using namespace brood::test;

using Body = std::function<void(StartMethod)>;

/// Makes a case known: at namespace scope.
class Scenario {
 public:
  Scenario(const char* number, Body body);
};
/// Empty if there is none.
Body find(std::string_view number);

/// The words, with blanks between them, as one line.
void say(const std::vector<std::string>& words);

/// What comes of it: "none", or the name of the error. "none" is Python's word for "no exception".
template <class Action>
std::string outcome(Action action) {
  try {
    (void)action();
    return "none";
  } catch (const Error& problem) {
    return error_code_name(problem.code());
  }
}

std::string text(bool truth);
std::string text(const std::optional<int>& number);
std::string text(const std::vector<std::string>& list);  ///< "[a, b]"

}  // namespace brood::scenario
