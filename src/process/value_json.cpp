// SPDX-License-Identifier: MIT
#include <cmath>
#include <nlohmann/json.hpp>

#include "brood/error.hpp"
#include "brood/text.hpp"
#include "brood/value.hpp"
#include "process/value_bytes.hpp"

namespace brood {
namespace {

using nlohmann::json;

json json_from(const Value& value, int depth = 0) {
  if (depth > process::most_value_depth) process::refuse_value_depth("hand over a value");
  switch (value.kind()) {
    case Value::Kind::null: return nullptr;
    case Value::Kind::boolean: return value.boolean();
    case Value::Kind::integer: return value.integer();
    case Value::Kind::number: return value.number();
    case Value::Kind::text: return value.text();
    case Value::Kind::array: {
      json array = json::array();
      for (const Value& element : value.array()) array.push_back(json_from(element, depth + 1));
      return array;
    }
    case Value::Kind::object: break;
  }
  json object = json::object();
  for (const auto& [key, element] : value.object()) object[key] = json_from(element, depth + 1);
  return object;
}

Value value_of(const json& from) {
  switch (from.type()) {
    case json::value_t::boolean: return from.get<bool>();
    case json::value_t::number_integer: return from.get<std::int64_t>();
    case json::value_t::number_unsigned: return from.get<std::uint64_t>();
    case json::value_t::number_float: return from.get<double>();
    case json::value_t::string: return from.get_ref<const std::string&>();
    case json::value_t::array: {
      Value::Array array;
      array.reserve(from.size());
      for (const json& element : from) array.push_back(value_of(element));
      return array;
    }
    case json::value_t::object: {
      Value::Object object;
      for (const auto& [key, element] : from.items()) object.emplace(key, value_of(element));
      return object;
    }
    case json::value_t::null:
    case json::value_t::binary:
    case json::value_t::discarded: break;
  }
  return {};
}

// As JSON they would come back as null.
void refuse_non_finite(const Value& value) {
  if (value.kind() == Value::Kind::number && !std::isfinite(value.number()))
    throw Error(Errc::bad_value, "write JSON: a number that is infinite or none");
  if (value.kind() == Value::Kind::array)
    for (const Value& element : value.array()) refuse_non_finite(element);
  if (value.kind() == Value::Kind::object)
    for (const auto& [key, element] : value.object()) refuse_non_finite(element);
}

}  // namespace

std::string to_json(const Value& value) {
  refuse_non_finite(value);
  try {
    return json_from(value).dump();
  } catch (const json::exception&) {
    throw Error(Errc::bad_value, "write JSON: text that is not UTF-8");
  }
}

Value parse_json(std::string_view text) {
  try {
    return value_of(json::parse(text, [](int depth, json::parse_event_t, json&) {
      if (depth > process::most_value_depth) process::refuse_value_depth("read JSON");
      return true;
    }));
  } catch (const json::parse_error& problem) {
    throw Error(Errc::bad_value, "read JSON: wrong at byte " + std::to_string(problem.byte));
  } catch (const json::out_of_range&) {
    throw Error(Errc::bad_value, "read JSON: a number that is too large");
  }
}

}  // namespace brood
