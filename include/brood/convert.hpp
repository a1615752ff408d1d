// SPDX-License-Identifier: MIT
// Which types of the standard library can be arguments and results: see brood/value.hpp.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "brood/value.hpp"

namespace brood {

namespace detail {
[[noreturn]] void refuse_range(std::int64_t number);
/// The elements of an array of exactly `size`; Errc::bad_value.
const Value::Array& elements(const Value& value, std::size_t size);
}  // namespace detail

template <>
struct Convert<Value> {
  static Value to(const Value& value) { return value; }
  static Value from(const Value& value) { return value; }
};

template <>
struct Convert<bool> {
  static Value to(bool truth) { return truth; }
  static bool from(const Value& value) { return value.boolean(); }
};

template <class T>
struct Convert<T, std::enable_if_t<std::integral<T> && !std::same_as<T, bool>>> {
  static Value to(T number) { return number; }
  static T from(const Value& value) {
    const std::int64_t number = value.integer();
    if (!std::in_range<T>(number)) detail::refuse_range(number);
    return static_cast<T>(number);
  }
};

template <class T>
struct Convert<T, std::enable_if_t<std::floating_point<T>>> {
  static Value to(T number) { return number; }
  static T from(const Value& value) { return static_cast<T>(value.number()); }
};

template <>
struct Convert<std::string> {
  static Value to(const std::string& text) { return text; }
  static std::string from(const Value& value) { return value.text(); }
};

/// One way only: as an argument, what it points to belongs to the arguments of the call.
template <>
struct Convert<std::string_view> {
  static Value to(std::string_view text) { return text; }
  static std::string_view from(const Value& value) { return value.text(); }
};

template <class T>
struct Convert<std::vector<T>> {
  static Value to(const std::vector<T>& list) {
    Value::Array array;
    array.reserve(list.size());
    for (const auto& element : list) array.push_back(Convert<T>::to(element));
    return array;
  }
  static std::vector<T> from(const Value& value) {
    std::vector<T> list;
    list.reserve(value.array().size());
    for (const Value& element : value.array()) list.push_back(element.as<T>());
    return list;
  }
};

template <class T, std::size_t size>
struct Convert<std::array<T, size>> {
  static Value to(const std::array<T, size>& list) {
    return Convert<std::vector<T>>::to({list.begin(), list.end()});
  }
  static std::array<T, size> from(const Value& value) {
    const Value::Array& all = detail::elements(value, size);
    return [&]<std::size_t... i>(std::index_sequence<i...>) {
      return std::array<T, size>{all[i].template as<T>()...};
    }
    (std::make_index_sequence<size>());
  }
};

template <class T, class Compare>
struct Convert<std::map<std::string, T, Compare>> {
  static Value to(const std::map<std::string, T, Compare>& map) {
    Value::Object object;
    for (const auto& [key, element] : map) object.emplace(key, Convert<T>::to(element));
    return object;
  }
  static std::map<std::string, T, Compare> from(const Value& value) {
    std::map<std::string, T, Compare> map;
    for (const auto& [key, element] : value.object()) map.emplace(key, element.template as<T>());
    return map;
  }
};

template <class T>
struct Convert<std::optional<T>> {
  static Value to(const std::optional<T>& object) { return object ? Convert<T>::to(*object) : Value(); }
  static std::optional<T> from(const Value& value) {
    if (value.is_null()) return std::nullopt;
    return value.as<T>();
  }
};

template <class... T>
struct Convert<std::tuple<T...>> {
  static Value to(const std::tuple<T...>& tuple) {
    return std::apply([](const T&... element) { return Value(Value::Array{Convert<T>::to(element)...}); },
                      tuple);
  }
  static std::tuple<T...> from(const Value& value) {
    const Value::Array& all = detail::elements(value, sizeof...(T));
    return [&]<std::size_t... i>(std::index_sequence<i...>) {
      return std::tuple<T...>(all[i].template as<T>()...);
    }
    (std::index_sequence_for<T...>());
  }
};

template <class A, class B>
struct Convert<std::pair<A, B>> {
  static Value to(const std::pair<A, B>& pair) { return Convert<std::tuple<A, B>>::to(pair); }
  static std::pair<A, B> from(const Value& value) {
    auto [first, second] = value.as<std::tuple<A, B>>();
    return {std::move(first), std::move(second)};
  }
};

}  // namespace brood
