// SPDX-License-Identifier: MIT
#include "cli/output.hpp"

#include <csignal>

#include "brood/console.hpp"
#include "brood/text.hpp"
#include "cli/output_json.hpp"

namespace brood::cli {
namespace {

void to_stderr(const std::string& line) {
  try {
    console::write(console::Stream::error, line + "\n");
  } catch (const Error&) {
    // Nowhere left to say so.
  }
}

}  // namespace

void print(std::string_view text) {
  try {
    console::write(console::Stream::output, text);
  } catch (const Error& problem) {
    // The reader has seen enough. What SIGPIPE does, also where the caller ignores it: no complaint.
    if (problem.code() == std::errc::broken_pipe) console::die_by_signal(SIGPIPE);
    throw Error(problem.code(), "write to standard output");
  }
}

void complain(std::string_view words) { to_stderr("brood: " + printable(words)); }

void report(const Error& problem, bool quiet) {
  complain(problem.what());
  if (!problem.hint().empty() && !quiet) to_stderr("hint: " + printable(problem.hint()));
}

void report_json(const Error& problem) {
  try {
    print(error_json(problem));
  } catch (const Error&) {
    // The line on stderr has been written.
  }
}

bool wants_color(const Globals& globals) {
  if (globals.color != "auto") return globals.color == "always";
  const auto no_color = console::environment("NO_COLOR");
  const auto terminal = console::environment("TERM");
  if ((no_color && !no_color->empty()) || !terminal || *terminal == "dumb") return false;
  return console::is_terminal(console::Stream::output);
}

}  // namespace brood::cli
