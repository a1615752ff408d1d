// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "brood/text.hpp"

using namespace brood;
using namespace std::chrono_literals;

TEST_CASE("a number without a unit counts seconds") {
  CHECK(parse_duration("0") == 0ms);
  CHECK(parse_duration("90") == 90'000ms);
  CHECK(parse_duration("1.5") == 1'500ms);
  CHECK(parse_duration(".25") == 250ms);
}

TEST_CASE("a duration may have units, one after the other") {
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("10s") == 10'000ms);
  CHECK(parse_duration("2m") == 120'000ms);
  CHECK(parse_duration("1h30m") == 5'400'000ms);
  CHECK(parse_duration("2d") == 172'800'000ms);
  CHECK(parse_duration("1.5h") == 5'400'000ms);
  CHECK(parse_duration("1m1s1ms") == 61'001ms);
}

TEST_CASE("a duration is never rounded to less than was asked for") {
  CHECK(parse_duration("0.0001") == 1ms);
  CHECK(parse_duration("1.2ms") == 2ms);
  CHECK(parse_duration("0." + std::string(400, '0') + "1") == 1ms);
}

TEST_CASE("what is no duration is refused") {
  for (const std::string text :
       {"",     " ",    "x",   "1x",  "-1",    "-1s", "+1",  "1e5",   "nan",  "NAN",
        "-inf", " 1",   "1 ",  "1 s", "1..2",  ".",   "..",  "1.2.3", "ms",   "s1",
        "1s2",  "1m30", "0x1", "1,5", "1_000", "1h ", "1hh", "1s-1s", "infs", "1inf"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
  CHECK_FALSE(parse_duration(std::string_view("1\0", 2)).has_value());
}

TEST_CASE("the longest duration can be added to any clock's time") {
  const auto longest = parse_duration("inf");
  REQUIRE(longest.has_value());
  CHECK(*longest > std::chrono::hours(24 * 365 * 50));
  const auto now = std::chrono::steady_clock::now();
  CHECK(now + *longest > now);
  CHECK(std::chrono::system_clock::now() + *longest > std::chrono::system_clock::now());
}

TEST_CASE("a duration that does not fit is the longest there is") {
  const auto longest = parse_duration("inf");
  CHECK(parse_duration("infinity") == longest);
  CHECK(parse_duration("99999999999999999999") == longest);
  CHECK(parse_duration("99999999999999999999d") == longest);
  CHECK(parse_duration(std::string(300, '9') + "d") == longest);
  CHECK(parse_duration(std::string(300, '9') + "d" + std::string(300, '9') + "d") == longest);
  CHECK(parse_duration(std::string(400, '9')) == longest);
  CHECK(parse_duration(std::string(400, '9') + ".5s") == longest);
}

TEST_CASE("durations are described in their two largest units") {
  CHECK(describe_duration(0ms) == "0ms");
  CHECK(describe_duration(340ms) == "340ms");
  CHECK(describe_duration(999ms) == "999ms");
  CHECK(describe_duration(1000ms) == "1s");
  CHECK(describe_duration(12'345ms) == "12s");
  CHECK(describe_duration(59'999ms) == "59s");
  CHECK(describe_duration(60s) == "1m");
  CHECK(describe_duration(200s) == "3m 20s");
  CHECK(describe_duration(3600s) == "1h");
  CHECK(describe_duration(7500s) == "2h 5m");
  CHECK(describe_duration(24h) == "1d");
  CHECK(describe_duration(76h) == "3d 4h");
  CHECK(describe_duration(-5s) == "0ms");
}

TEST_CASE("an integer is taken whole, within its bounds, or not at all") {
  CHECK(parse_integer("0", 0, 9) == 0);
  CHECK(parse_integer("9", 0, 9) == 9);
  CHECK(parse_integer("007", 0, 9) == 7);
  CHECK(parse_integer("-5", -5, 9) == -5);
  CHECK(parse_integer("9223372036854775807", 0, 9223372036854775807) == 9223372036854775807);
  for (const std::string text : {"", "-", "+1", " 1", "1 ", "1x", "x", "0x1", "1.0", "1e2", "10", "-1",
                                 "9223372036854775808", "99999999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_integer(text, 0, 9).has_value());
  }
}
