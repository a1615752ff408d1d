// SPDX-License-Identifier: MIT
#include "process/value_bytes.hpp"

#include <cstring>

#include "brood/error.hpp"

namespace brood::process {
namespace {

// A byte for the kind; a number of eight bytes, or the count of what follows: bytes, elements, or keys with elements.
class Writer {
 public:
  void put(const Value& value, int depth = 0) {
    if (depth > most_value_depth) refuse_value_depth("hand over a value");
    bytes_ += static_cast<char>(value.kind());
    switch (value.kind()) {
      case Value::Kind::null: break;
      case Value::Kind::boolean: bytes_ += value.boolean() ? '\1' : '\0'; break;
      case Value::Kind::integer: put_raw(value.integer()); break;
      case Value::Kind::number: put_raw(value.number()); break;
      case Value::Kind::text: put_text(value.text()); break;
      case Value::Kind::array:
        put_raw(std::uint64_t{value.array().size()});
        for (const Value& element : value.array()) put(element, depth + 1);
        break;
      case Value::Kind::object:
        put_raw(std::uint64_t{value.object().size()});
        for (const auto& [key, element] : value.object()) {
          put_text(key);
          put(element, depth + 1);
        }
        break;
    }
  }
  std::string take() { return std::move(bytes_); }

 private:
  template <class Number>
  void put_raw(Number number) {
    static_assert(sizeof number == 8);
    char raw[sizeof number];
    std::memcpy(raw, &number, sizeof raw);
    bytes_.append(raw, sizeof raw);
  }
  void put_text(const std::string& text) {
    put_raw(std::uint64_t{text.size()});
    bytes_ += text;
  }
  std::string bytes_;
};

// Trusts no count: room is made for what is there, not for what was announced.
class Reader {
 public:
  explicit Reader(std::string_view bytes) noexcept : rest_(bytes) {}

  Value take(int depth = 0) {
    if (depth > most_value_depth) refuse();
    switch (static_cast<Value::Kind>(take_bytes(1)[0])) {
      case Value::Kind::null: return {};
      case Value::Kind::boolean: return take_bytes(1)[0] != '\0';
      case Value::Kind::integer: return take_raw<std::int64_t>();
      case Value::Kind::number: return take_raw<double>();
      case Value::Kind::text: return take_text();
      case Value::Kind::array: {
        Value::Array array;
        for (auto left = take_raw<std::uint64_t>(); left > 0; --left) array.push_back(take(depth + 1));
        return array;
      }
      case Value::Kind::object: {
        Value::Object object;
        for (auto left = take_raw<std::uint64_t>(); left > 0; --left) {
          std::string key(take_text());
          object.insert_or_assign(std::move(key), take(depth + 1));
        }
        return object;
      }
    }
    refuse();
  }
  bool at_end() const noexcept { return rest_.empty(); }

  [[noreturn]] static void refuse() {
    throw Error(Errc::protocol_mismatch, "read a value from another process");
  }

 private:
  std::string_view take_bytes(std::uint64_t count) {
    if (count > rest_.size()) refuse();
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }
  template <class Number>
  Number take_raw() {
    Number number;
    std::memcpy(&number, take_bytes(sizeof number).data(), sizeof number);
    return number;
  }
  std::string_view take_text() { return take_bytes(take_raw<std::uint64_t>()); }
  std::string_view rest_;
};

}  // namespace

void refuse_value_depth(const char* doing) {
  throw Error(Errc::bad_value,
              std::string(doing) + ": it is nested more than " + std::to_string(most_value_depth) + " deep");
}

std::string value_bytes(const Value& value) {
  Writer out;
  out.put(value);
  return out.take();
}

Value value_from(std::string_view bytes) {
  Reader in(bytes);
  Value value = in.take();
  if (!in.at_end()) Reader::refuse();
  return value;
}

}  // namespace brood::process
