// SPDX-License-Identifier: MIT
// Values: what they are made from and give back, as JSON, and on their way to another process.
#include "brood/value.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "brood/convert.hpp"
#include "library/output.hpp"
#include "process/value_bytes.hpp"
#include "support/failure.hpp"
#include "support/methods.hpp"

using namespace brood;
using test::failure_of;

namespace {

using Limits = std::numeric_limits<std::int64_t>;

const std::vector<Value>& examples() {
  static const std::vector<Value> all{nullptr,
                                      true,
                                      false,
                                      0,
                                      -1,
                                      Limits::max(),
                                      Limits::min(),
                                      0.0,
                                      -1.5,
                                      1e300,
                                      1.0,
                                      "",
                                      "text",
                                      "Größe 日本",
                                      std::string("with\0 zero", 10),
                                      "\"quoted\" \\ and\nlines",
                                      Value::Array{},
                                      Value::Object{},
                                      Value::Array{1, "two", Value::Array{3.5, nullptr}},
                                      Value::Object{{"a", 1}, {"", Value::Object{{"b", true}}}}};
  return all;
}

TEST_CASE("a value comes back from JSON as it was") {
  for (const Value& value : examples()) {
    CAPTURE(to_json(value));
    const Value back = parse_json(to_json(value));
    CHECK(back == value);
    CHECK(back.kind() == value.kind());
    CHECK(to_json(value).find('\n') == std::string::npos);
  }
}

TEST_CASE("a value comes to another process as it was, also where it is no JSON") {
  std::vector<Value> all = examples();
  all.emplace_back(std::string("\xff\xfe no UTF-8 \x80"));
  all.emplace_back(std::numeric_limits<double>::infinity());
  all.emplace_back(Value::Object{{"\xff", "\xfe"}});
  for (const Value& value : all) {
    const Value back = process::value_from(process::value_bytes(value));
    CHECK(back == value);
    CHECK(back.kind() == value.kind());
  }
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(process::value_from(process::value_bytes(nan)).number()));
  for (const char* bytes : {"", "\xff", "\x82\x01", "\x5f"})
    CHECK(failure_of([&] { process::value_from(bytes); }).code() == Errc::protocol_mismatch);
}

TEST_CASE("what is no JSON is refused, and so is what JSON has not") {
  for (const char* text :
       {"", "{", "[1,]", "nul", "1 2", "'a'", "\"\xff\"", "18446744073709551615", "1e999", "-1e999"}) {
    CAPTURE(text);
    CHECK(failure_of([&] { parse_json(text); }).code() == Errc::bad_value);
  }
  CHECK(failure_of([] { to_json("\xff"); }).code() == Errc::bad_value);
  CHECK(failure_of([] { to_json(Value::Object{{"\xff", 1}}); }).code() == Errc::bad_value);
  CHECK(failure_of([] { to_json(std::numeric_limits<double>::infinity()); }).code() == Errc::bad_value);
  CHECK(failure_of([] { to_json(Value::Array{std::numeric_limits<double>::quiet_NaN()}); }).code() ==
        Errc::bad_value);
}

TEST_CASE("a value gives only what it is; an integer is a number, too") {
  CHECK(Value(5).number() == 5.0);
  CHECK(failure_of([] { (void)Value(5.0).integer(); }).code() == Errc::bad_value);
  CHECK(failure_of([] { (void)Value(1).boolean(); }).code() == Errc::bad_value);
  CHECK(failure_of([] { (void)Value(true).integer(); }).code() == Errc::bad_value);
  CHECK(failure_of([] { (void)Value("5").integer(); }).code() == Errc::bad_value);
  CHECK(failure_of([] { (void)Value().text(); }).code() == Errc::bad_value);
  CHECK(failure_of([] { (void)Value(Value::Array{}).object(); }).code() == Errc::bad_value);
  CHECK(failure_of([] { (void)Value(Value::Object{}).array(); }).code() == Errc::bad_value);
  CHECK(failure_of([] { (void)Value(std::uint64_t(1) << 63); }).code() == Errc::bad_value);
  CHECK(Value(std::uint64_t(1) << 62).integer() == std::int64_t(1) << 62);
  CHECK(Value().is_null());
  CHECK_FALSE(Value(0).is_null());
  CHECK_FALSE(Value(1) == Value(1.0));
}

TEST_CASE("numbers that do not fit are refused") {
  CHECK(Value(255).as<unsigned char>() == 255);
  CHECK(failure_of([] { (void)Value(256).as<unsigned char>(); }).code() == Errc::bad_value);
  CHECK(failure_of([] { (void)Value(-1).as<unsigned>(); }).code() == Errc::bad_value);
  CHECK(failure_of([] { (void)Value(Limits::max()).as<int>(); }).code() == Errc::bad_value);
}

template <class T>
void check_round_trip(const T& object) {
  const Value value = Convert<T>::to(object);
  CHECK(parse_json(to_json(value)).as<T>() == object);
  CHECK(process::value_from(process::value_bytes(value)).as<T>() == object);
}

TEST_CASE("types of the standard library come back as they were") {
  check_round_trip(std::vector<int>{1, 2, 3});
  check_round_trip(std::vector<std::vector<std::string>>{{"a"}, {}, {"b", "c"}});
  check_round_trip(std::array<double, 2>{0.5, -1});
  check_round_trip(std::map<std::string, bool>{{"yes", true}, {"no", false}});
  check_round_trip(std::optional<int>{});
  check_round_trip(std::optional<int>{4});
  check_round_trip(std::tuple<int, std::string, double>{1, "two", 3.0});
  check_round_trip(std::pair<std::string, std::vector<int>>{"a", {1}});
  CHECK(failure_of([] { (void)Value(Value::Array{1}).as<std::array<int, 2>>(); }).code() == Errc::bad_value);
  CHECK(failure_of([] {
          (void)Value(Value::Array{1, 2, 3}).as<std::pair<int, int>>();
        }).code() == Errc::bad_value);
}

bool are_as_sent(const Value::Array& all) { return all == examples(); }
Value::Array sent() { return examples(); }

int compare(const Value& all) { return are_as_sent(all.array()) ? 0 : 1; }
BROOD_TARGET(compare);

TEST_CASE("a child gets its arguments as they were given, under every method") {
  test::under_each_method(
      [](StartMethod method) { CHECK(test::told_by(method, compare, {sent()}).code == 0); });
}

TEST_CASE("what is nested too deep is refused, before a stack overflows") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(to_json(parse_json(nested(500))) == nested(500));
  CHECK(test::failure_of([&] { return parse_json(nested(1'000'000)); }).code() == Errc::bad_value);
  Value deep;
  for (int i = 0; i < 600; ++i) deep = Value::Array{std::move(deep)};
  CHECK(test::failure_of([&] { return to_json(deep); }).code() == Errc::bad_value);
  Process child({.target = compare, .args = {deep}, .method = StartMethod::spawn});
  CHECK(test::failure_of([&] {
          child.start();
          return 0;
        }).code() == Errc::bad_value);
}

}  // namespace
