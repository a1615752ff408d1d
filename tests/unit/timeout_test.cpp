// SPDX-License-Identifier: MIT
#include "brood/timeout.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <ratio>

#include "support/failure.hpp"

using namespace brood;
using namespace brood::test;
using namespace std::chrono_literals;

namespace {

using Seconds = std::chrono::duration<double>;
using Hours = std::chrono::duration<std::int64_t, std::ratio<3600>>;
constexpr double infinite = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("a timeout in whole milliseconds is taken as it is") {
  CHECK(timeout_of(0s) == 0ms);
  CHECK(timeout_of(1ms) == 1ms);
  CHECK(timeout_of(90s) == 90'000ms);
  CHECK(timeout_of(Seconds(1.5)) == 1'500ms);
  CHECK(timeout_of(std::chrono::duration<unsigned>(3)) == 3'000ms);
}

TEST_CASE("a timeout is never rounded to less than was asked for") {
  CHECK(timeout_of(1ns) == 1ms);
  CHECK(timeout_of(1'000'001ns) == 2ms);
  CHECK(timeout_of(std::chrono::nanoseconds(9'223'372'036'854'000'001)) == std::nullopt);
  CHECK(timeout_of(std::chrono::nanoseconds(2'000'000'000'000'000'001)) == 2'000'000'000'001ms);
  CHECK(timeout_of(Seconds(1e-12)) == 1ms);
  CHECK(timeout_of(Seconds(0.0101)) == 11ms);
}

TEST_CASE("a timeout below zero is zero") {
  CHECK(timeout_of(-1ns) == 0ms);
  CHECK(timeout_of(-5s) == 0ms);
  CHECK(timeout_of(Hours::min()) == 0ms);
  CHECK(timeout_of(Seconds(-infinite)) == 0ms);
}

TEST_CASE("a timeout that is infinite or does not fit is without limit") {
  CHECK(timeout_of(Seconds(infinite)) == std::nullopt);
  CHECK(timeout_of(Seconds(1e300)) == std::nullopt);
  CHECK(timeout_of(Hours::max()) == std::nullopt);
  CHECK(timeout_of(std::chrono::milliseconds::max()) == std::nullopt);
  CHECK(timeout_of(std::chrono::seconds::max()) == std::nullopt);
  CHECK(timeout_of(std::chrono::hours(24 * 365 * 99)).has_value());
}

TEST_CASE("a timeout that is not a number is refused") {
  CHECK(failure_of([] { return timeout_of(Seconds(std::numeric_limits<double>::quiet_NaN())); }).code() ==
        Errc::bad_value);
}
