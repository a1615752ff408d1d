// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/output.hpp"
#include "cli/output_json.hpp"

namespace brood::cli {

Action setup_authkey(const Setup& setup) {
  auto is_new = std::make_shared<bool>(false);
  setup.options.flag("--new", "Make a new key for jobs started from now on", *is_new);
  return [&globals = setup.globals, is_new] {
    Registry registry = globals.open();
    const std::string fingerprint = *is_new ? registry.new_authkey() : registry.authkey();
    print(globals.json ? fingerprint_json(fingerprint) : fingerprint + "\n");
    return exit_done;
  };
}

}  // namespace brood::cli
