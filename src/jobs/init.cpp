// SPDX-License-Identifier: MIT
#include "brood/init.hpp"

#include "brood/registry.hpp"
#include "os/process.hpp"
#include "process/image.hpp"

namespace brood {

void init(int argc, char** argv) {
  int status = 0;
  if (Registry::serve_monitor(argc, argv, status)) os::exit_now(status);
  process::become_what_we_are(argc, argv);
}

}  // namespace brood
