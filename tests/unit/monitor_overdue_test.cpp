// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "monitor/overdue.hpp"

using brood::monitor::Overdue;
using namespace std::chrono_literals;

TEST_CASE(
    "a record that is owed is tried again soon, then more seldom, and waited for no longer than a minute") {
  const brood::os::SteadyTime start{};
  Overdue overdue;
  CHECK(!overdue.deadline());
  CHECK(!overdue.is_due(start));
  CHECK(overdue.is_too_late(start));

  auto now = start;
  auto longest = 0ms;
  int tries = 0;
  overdue.note(true, now);
  while (!overdue.is_too_late(now)) {
    REQUIRE(overdue.deadline());
    const auto next = *overdue.deadline();
    CHECK(next > now);
    CHECK(!overdue.is_due(next - 1ns));
    CHECK(overdue.is_due(next));
    if (tries == 0) CHECK(next - now <= 50ms);
    longest = std::max(longest, std::chrono::duration_cast<std::chrono::milliseconds>(next - now));
    now = next;
    overdue.note(true, now);
    ++tries;
  }
  CHECK(now - start >= 60s);
  CHECK(now - start < 70s);
  CHECK(longest <= 5s);
  CHECK(tries > 10);

  overdue.note(false, now);
  CHECK(!overdue.deadline());
  overdue.note(true, now);
  CHECK(*overdue.deadline() - now <= 50ms);
}
