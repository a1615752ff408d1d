// SPDX-License-Identifier: MIT
// stdout is data; all else goes to stderr, one line each, in one form.
#pragma once

#include <string>
#include <string_view>

#include "brood/error.hpp"
#include "cli/globals.hpp"

namespace brood::cli {

/// To stdout, whole or not at all; throws if it cannot be written.
void print(std::string_view text);

/// "brood: doing what: why" to stderr, and a line "hint: ..." where there is one and it is not unwanted.
void report(const Error& problem, bool quiet);
void complain(std::string_view words);
/// The error as a JSON object to stdout.
void report_json(const Error& problem);

/// May the output be coloured?
bool wants_color(const Globals& globals);

}  // namespace brood::cli
