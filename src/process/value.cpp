// SPDX-License-Identifier: MIT
#include "brood/value.hpp"

#include <limits>
#include <string>

#include "brood/convert.hpp"
#include "brood/error.hpp"

namespace brood {
namespace {

[[noreturn]] void refuse_kind(const Value& value, Value::Kind wanted) {
  throw Error(Errc::bad_value, "expected " + std::string(to_string(wanted)) + ", found " +
                                   std::string(to_string(value.kind())));
}

}  // namespace

std::string_view to_string(Value::Kind kind) noexcept {
  switch (kind) {
    case Value::Kind::null: return "null";
    case Value::Kind::boolean: return "boolean";
    case Value::Kind::integer: return "integer";
    case Value::Kind::number: return "number";
    case Value::Kind::text: return "text";
    case Value::Kind::array: return "array";
    case Value::Kind::object: return "object";
  }
  return "?";
}

bool Value::boolean() const {
  if (const bool* truth = std::get_if<bool>(&data_)) return *truth;
  refuse_kind(*this, Kind::boolean);
}

std::int64_t Value::integer() const {
  if (const auto* number = std::get_if<std::int64_t>(&data_)) return *number;
  refuse_kind(*this, Kind::integer);
}

double Value::number() const {
  if (const double* number = std::get_if<double>(&data_)) return *number;
  if (const auto* whole = std::get_if<std::int64_t>(&data_)) return static_cast<double>(*whole);
  refuse_kind(*this, Kind::number);
}

const std::string& Value::text() const {
  if (const auto* text = std::get_if<std::string>(&data_)) return *text;
  refuse_kind(*this, Kind::text);
}

const Value::Array& Value::array() const {
  if (const auto* array = std::get_if<Array>(&data_)) return *array;
  refuse_kind(*this, Kind::array);
}

const Value::Object& Value::object() const {
  if (const auto* object = std::get_if<Object>(&data_)) return *object;
  refuse_kind(*this, Kind::object);
}

std::int64_t Value::checked(std::uint64_t number) {
  if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    throw Error(Errc::bad_value, "the number " + std::to_string(number) + " is too large");
  return static_cast<std::int64_t>(number);
}

namespace detail {

void refuse_range(std::int64_t number) {
  throw Error(Errc::bad_value, "the number " + std::to_string(number) + " does not fit");
}

const Value::Array& elements(const Value& value, std::size_t size) {
  const Value::Array& array = value.array();
  if (array.size() != size)
    throw Error(Errc::bad_value,
                "expected " + std::to_string(size) + " elements, found " + std::to_string(array.size()));
  return array;
}

}  // namespace detail
}  // namespace brood
