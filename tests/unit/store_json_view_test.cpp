// SPDX-License-Identifier: MIT
#include "store/json_view.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <limits>

#include "brood/error.hpp"
#include "support/failure.hpp"

using namespace brood;
using namespace brood::store;
using namespace brood::test;

namespace {

bool is_json(std::string_view text) { return JsonView::parse(text).has_value(); }

std::string text_in(const std::string& text) {
  const auto value = JsonView::parse(text);
  REQUIRE(value.has_value());
  return value->get<std::string>();
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST_CASE("what is JSON is read, and nothing else") {
  for (const char* text : {"null", "true", " false ", "0", "-0", "10", "-1.5", "1e5", "1.25E-3", "\"\"", "[]",
                           "{}", " [ 1 , 2 ] ", "{\"a\":[{}],\"b\":null}", "\"\\u00e4\\ud83d\\ude00\""})
    CHECK_MESSAGE(is_json(text), text);
  for (const char* text :
       {"",        " ",      "nul",       "truex",       "01",          "1.",
        ".5",      "+1",     "1e",        "-",           "\"",          "\"\\\"",
        "\"\\x\"", "\"\n\"", "\"\\u12\"", "\"\\u-123\"", "\"\xff\"",    "[",
        "[1,]",    "[1 2]",  "{\"a\"}",   "{\"a\":}",    "{a:1}",       "{\"a\":1,}",
        "{}{}",    "[}",     "{\"a\":1",  "\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83d\\u0041\"",
        "NaN",     "// x"})
    CHECK_MESSAGE(!is_json(text), text);
  CHECK_FALSE(is_json(std::string_view("1\0", 2)));
}

TEST_CASE("no depth of nesting takes more stack than there is") {
  CHECK(is_json(nested(64)));
  CHECK_FALSE(is_json(nested(65)));
  CHECK_FALSE(is_json(nested(1'000'000)));
}

TEST_CASE("text is what its escapes stand for") {
  CHECK(text_in("\"a b\"") == "a b");
  CHECK(text_in("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"") == "\"\\/\b\f\n\r\t");
  CHECK(text_in("\"\\u0041\\u00e4\\u20AC\\ud83d\\ude00.\"") == "Aä€😀.");
  CHECK(text_in("\"\\u0000\"") == std::string(1, '\0'));
}

TEST_CASE("numbers are what they say, or no numbers of that kind") {
  const auto list =
      JsonView::parse("[18446744073709551615,-9223372036854775808,18446744073709551616,1.5,1e400]");
  REQUIRE(list.has_value());
  const auto& numbers = list->elements();
  CHECK(numbers[0].get<std::uint64_t>() == 18446744073709551615u);
  CHECK(numbers[1].get<std::int64_t>() == std::numeric_limits<std::int64_t>::min());
  CHECK_FALSE(numbers[1].is_number_unsigned());
  CHECK_THROWS_AS((void)numbers[1].get<std::uint64_t>(), Error);
  CHECK_THROWS_AS((void)numbers[2].get<std::uint64_t>(), Error);
  CHECK_FALSE(numbers[3].is_number_integer());
  CHECK(numbers[3].get<double>() == 1.5);
  CHECK(numbers[0].get<double>() == 18446744073709551615.0);
  CHECK_THROWS_AS((void)numbers[4].get<double>(), Error);
}

TEST_CASE("parts are found by their keys, the last of those that are equal") {
  const auto value = JsonView::parse(R"({"a":1,"b\n":2,"a":3,"list":["x","y"],"null":null})");
  REQUIRE(value.has_value());
  CHECK(value->at("a").get<std::int64_t>() == 3);
  CHECK(value->begin()[1].key() == "b\n");
  CHECK(value->find("c") == value->end());
  CHECK(value->contains("null"));
  CHECK(value->value("c", std::string("none")) == "none");
  CHECK(value->at("list").elements()[1].get<std::string>() == "y");
  CHECK(value->at("list").find("x") == value->at("list").end());
}

TEST_CASE("what is missing or of another kind is damage") {
  const auto value = JsonView::parse(R"({"a":"text"})");
  REQUIRE(value.has_value());
  for (const auto& look : std::vector<std::function<void()>>{
           [&] { (void)value->at("b"); },
           [&] { (void)value->at("a").get<bool>(); },
           [&] { (void)value->at("a").get<double>(); },
           [&] { (void)value->get<std::string>(); },
           [&] { (void)value->elements(); },
       })
    CHECK(failure_of(look).code() == Errc::record_damaged);
}
