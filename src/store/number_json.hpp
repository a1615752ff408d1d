// SPDX-License-Identifier: MIT
// Whole numbers out of JSON. The library converts what it is given to whatever is wanted: 4294967296 becomes the pid 0,
// and 1e300 any number.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "brood/error.hpp"

namespace brood::store {

/// `json`, the value of `key`, as a number in [least, most]. Errc::record_damaged if it is none.
template <class Integer, class Json>
Integer whole_number(const Json& json, const char* key, Integer least = std::numeric_limits<Integer>::min(),
                     Integer most = std::numeric_limits<Integer>::max()) {
  const auto is_in_range = [&](auto number) {
    return std::cmp_greater_equal(number, least) && std::cmp_less_equal(number, most);
  };
  if (json.is_number_unsigned()) {
    const auto number = json.template get<std::uint64_t>();
    if (is_in_range(number)) return static_cast<Integer>(number);
  } else if (json.is_number_integer()) {
    const auto number = json.template get<std::int64_t>();
    if (is_in_range(number)) return static_cast<Integer>(number);
  }
  throw Error(Errc::record_damaged, std::string("read record: impossible number: ") + key);
}

/// The same for a field that may be missing, or null.
template <class Integer, class Json>
Integer number_or(const Json& fields, const char* key, Integer fallback,
                  Integer least = std::numeric_limits<Integer>::min(),
                  Integer most = std::numeric_limits<Integer>::max()) {
  const auto found = fields.find(key);
  if (found == fields.end() || found->is_null()) return fallback;
  return whole_number<Integer>(*found, key, least, most);
}

}  // namespace brood::store
