// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include "brood/console.hpp"
#include "brood/registry.hpp"
#include "cli/app.hpp"
#include "cli/foresee.hpp"
#include "cli/secret_words.hpp"

// Everything that is or becomes a monitor comes before the parser: it stays small, and is ready sooner.
int main(int argc, char** argv) {
  int status = 0;
  if (brood::Registry::serve_monitor(argc, argv, status)) return status;
  try {
    brood::console::open_missing_streams();
    brood::console::ignore_file_size_signal();
    if (brood::cli::will_fork_monitor(argc, argv)) brood::Registry::stand_by(argc, argv);
  } catch (const brood::Error&) {
    // What is really wanted will fail in its turn, and can then be reported properly.
  }
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  brood::cli::cover_secret_words(argc, argv);
  status = brood::cli::run_app(arguments);
  brood::Registry::stand_down();
  // Everything was written unbuffered: there is nothing that destructors and exit handlers would still have to do.
  brood::console::exit_now(status);
}
