// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "os/clock.hpp"

using namespace brood::os;
using namespace std::chrono_literals;

TEST_CASE("no timeout is no deadline") { CHECK_FALSE(deadline_after({}).has_value()); }

TEST_CASE("a deadline is as far away as was asked") {
  const SteadyTime before = steady_now();
  const SteadyTime at_once = *deadline_after(0ms);
  const SteadyTime later = *deadline_after(1h);
  const SteadyTime after = steady_now();
  CHECK(at_once >= before);
  CHECK(at_once <= after);
  CHECK(later >= before + 1h);
  CHECK(later <= after + 1h);
}

TEST_CASE("the longest timeout that a caller can name is not in the past") {
  CHECK(*deadline_after(std::chrono::milliseconds::max()) > steady_now() + 1h);
}
