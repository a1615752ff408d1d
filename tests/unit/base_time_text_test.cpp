// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "brood/text.hpp"

using namespace brood;

namespace {

WallTime at(std::int64_t ms) { return WallTime(std::chrono::milliseconds(ms)); }

}  // namespace

TEST_CASE("a time is written in UTC to the millisecond") {
  CHECK(time_text(at(0)) == "1970-01-01T00:00:00.000Z");
  CHECK(time_text(at(1'772'366'400'123)) == "2026-03-01T12:00:00.123Z");
  CHECK(time_text(at(951'868'799'999)) == "2000-02-29T23:59:59.999Z");
  CHECK(time_text(at(-1)) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("a time that was written is read back") {
  for (const std::int64_t ms :
       {0LL, 1LL, 1'772'366'400'123LL, 951'868'799'999LL, -1LL, 253'402'300'799'999LL})
    CHECK(parse_time(time_text(at(ms))) == at(ms));
}

TEST_CASE("what is no time is refused") {
  for (const std::string text :
       {"", "2026-03-01", "2026-03-01T12:00:00Z", "2026-03-01T12:00:00.123", "2026-03-01T12:00:00.123z",
        "2026-03-01 12:00:00.123Z", "2026-13-01T12:00:00.123Z", "2026-02-29T12:00:00.123Z",
        "2026-00-01T12:00:00.123Z", "2026-03-00T12:00:00.123Z", "2026-03-01T12:00:00.12xZ",
        "+026-03-01T12:00:00.123Z", "2026-03-01T-1:00:00.123Z", "2026-03-01T12:00:00.1234Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time(text).has_value());
  }
}

TEST_CASE("a time of day that there is not is refused") {
  for (const std::string text :
       {"2026-03-01T24:00:00.000Z", "2026-03-01T12:60:00.000Z", "2026-03-01T12:00:61.000Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time(text).has_value());
  }
}

TEST_CASE("a time with other separators is refused") {
  for (const std::string text :
       {"2026/03/01T12:00:00.123Z", "2026-03-01T12-00-00.123Z", "2026-03-01T12:00:00,123Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time(text).has_value());
  }
}
