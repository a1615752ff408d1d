// SPDX-License-Identifier: MIT
// The entry point of both test programs.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "brood/registry.hpp"
#include "support/leak_listener.hpp"

int main(int argc, char** argv) {
  // Start method spawn: this program is executed again, as the monitor of a job.
  int status = 0;
  if (brood::Registry::serve_monitor(argc, argv, status)) return status;
  brood::test::adopt_orphans();
  const int failed = doctest::Context(argc, argv).run();
  return failed != 0 ? failed : brood::test::leaks_found() ? 1 : 0;
}
