// SPDX-License-Identifier: MIT
// The entry point of the test programs.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "brood/init.hpp"
#include "process/self.hpp"
#include "support/leak_listener.hpp"

int main(int argc, char** argv) {
  brood::init(argc, argv);
  // Made once and kept, with the first Process of a program: no test case leaves it behind.
  (void)brood::process::own_pidfd();
  brood::test::adopt_orphans();
  const int failed = doctest::Context(argc, argv).run();
  return failed != 0 ? failed : brood::test::leaks_found() ? 1 : 0;
}
