// SPDX-License-Identifier: MIT
// Names, starts and exit codes, compared with multiprocessing: scenarios/beginning.cpp.
#include "library/parity.hpp"

namespace {

using brood::test::Observed;
using brood::test::under_all;
using enum brood::StartMethod;

bool has(const Observed& seen, const char* word) { return seen.errors.find(word) != std::string::npos; }

// What standard error says of an exception. Its text is C++'s or Python's.
std::string with_story(const Observed& seen) {
  std::string line = seen.line + ", told:";
  if (has(seen, "Process Process-1:")) line += " name,";
  if (has(seen, "std::domain_error: division by zero\n")) line += " type,";
  if (has(seen, "raceback")) line += " traceback,";
  line.pop_back();
  return line;
}

PARITY_CASE("PC-01", "an object that was not started",
            under_all("none none false not_started not_started not_started"))

PARITY_CASE("PC-02", "default names and their counter",
            {{fork, "ForkProcess-1 x Process-3 ForkProcess-4"},
             {spawn, "SpawnProcess-1 x Process-3 SpawnProcess-4"},
             {forkserver, "ForkServerProcess-1 x Process-3 ForkServerProcess-4"}})

PARITY_CASE("PC-03", "the default name in a child",
            {{fork, "ForkProcess-1 Process-1:1"},
             {spawn, "SpawnProcess-1 Process-1:1"},
             {forkserver, "ForkServerProcess-1 Process-1:1"}})

PARITY_CASE("PC-04", "a second start, while it runs and after its end",
            under_all("already_started / already_started"))

PARITY_CASE("PC-05", "normal exit codes", under_all("[0, 3, 255, 0, 44, 255, 1, 0, 0]"))

PARITY_CASE("PC-06", "exit with a text", under_all("1, told: bad thing\n"),
            [](const Observed& seen) { return seen.line + ", told: " + seen.errors; })

PARITY_CASE("PC-07", "an uncaught exception", under_all("1, told: name, type, traceback"), with_story)

PARITY_CASE("PC-08", "deaths by signal", under_all("[-15, -9, -11, -10]"))

PARITY_CASE("PC-09", "a death by SIGINT", under_all("1"))

PARITY_CASE("PC-10", "what the target returns", under_all("number 0 text 0"))

}  // namespace
