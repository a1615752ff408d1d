// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace brood {

class Value;

/// How a type becomes a Value and comes back out of one: specialise it, with `static Value to(const T&)` and
/// `static T from(const Value&)`, for types of your own. What there is already: bool, integers, floating-point numbers,
/// std::string, and of types that can be converted std::vector, std::array, std::map with text as its key,
/// std::optional, std::pair and std::tuple (brood/convert.hpp).
template <class T, class = void>
struct Convert;

template <class T>
concept ToValue = requires(const T& object) {
  { Convert<T>::to(object) } -> std::same_as<Value>;
};
template <class T>
concept FromValue = requires(const Value& value) {
  { Convert<T>::from(value) } -> std::convertible_to<T>;
};

/// What can be said in JSON, no more than 512 arrays and objects deep where it goes anywhere (Errc::bad_value): the arguments and results that go from one process to another. Integers are those of 64
/// bits, with a sign; text may be any bytes on its way between processes, and must be UTF-8 to be written as JSON.
/// (multiprocessing: whatever can be pickled.) A plain value.
class Value {
 public:
  using Array = std::vector<Value>;
  using Object = std::map<std::string, Value, std::less<>>;
  enum class Kind { null, boolean, integer, number, text, array, object };

  Value() noexcept = default;
  Value(std::nullptr_t) noexcept {}
  template <std::same_as<bool> T>
  Value(T truth) : data_(truth) {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) Value(T number) : data_(whole(number)) {}
  template <std::floating_point T>
  Value(T number) : data_(static_cast<double>(number)) {}
  Value(const char* text) : data_(std::string(text)) {}
  Value(std::string_view text) : data_(std::string(text)) {}
  Value(std::string text) : data_(std::move(text)) {}
  Value(Array array) : data_(std::move(array)) {}
  Value(Object object) : data_(std::move(object)) {}
  template <class T>
  requires(std::is_class_v<T>&& ToValue<T>) Value(const T& object) : Value(Convert<T>::to(object)) {}

  Kind kind() const noexcept { return static_cast<Kind>(data_.index()); }
  bool is_null() const noexcept { return kind() == Kind::null; }

  /// These throw Errc::bad_value, with the kind that it is, where it is not what was asked for.
  bool boolean() const;
  std::int64_t integer() const;
  double number() const;  ///< an integer will do, too
  const std::string& text() const;
  const Array& array() const;
  const Object& object() const;

  /// The same as a T. Errc::bad_value.
  template <FromValue T>
  T as() const {
    return Convert<T>::from(*this);
  }

  friend bool operator==(const Value&, const Value&) = default;

 private:
  /// Errc::bad_value for an unsigned number that is too large.
  static std::int64_t checked(std::uint64_t number);
  template <class T>
  static std::int64_t whole(T number) {
    if constexpr (std::is_unsigned_v<T> && sizeof(T) == sizeof(std::uint64_t))
      return checked(number);
    else
      return static_cast<std::int64_t>(number);
  }

  // In the order of Kind.
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> data_;
};

/// The name of a kind: "null", "boolean", "integer", ...
std::string_view to_string(Value::Kind kind) noexcept;

/// JSON text, in one line. Errc::bad_value for what JSON has not: text that is not UTF-8, infinity, not-a-number.
std::string to_json(const Value& value);
/// Errc::bad_value, with the place, for what is no JSON.
Value parse_json(std::string_view text);

}  // namespace brood
