// SPDX-License-Identifier: MIT
// JSON as it stands in a text. A list of thousands of jobs reads thousands of records, of which it needs a few fields
// each: nothing is copied and nothing converted before it is asked for. Names are those of the JSON library, so that
// number_json.hpp serves both.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace brood::store {

class JsonView {
 public:
  /// Empty if `text` is not JSON, or is nested too deep to be one of ours. It must outlive the view.
  static std::optional<JsonView> parse(std::string_view text);

  bool is_null() const noexcept { return kind_ == Kind::null; }
  bool is_object() const noexcept { return kind_ == Kind::object; }
  bool is_string() const noexcept { return kind_ == Kind::string; }
  bool is_number() const noexcept { return kind_ == Kind::number; }
  bool is_number_integer() const noexcept;
  bool is_number_unsigned() const noexcept { return is_number_integer() && text_[0] != '-'; }

  /// bool, double, std::int64_t, std::uint64_t or std::string; Errc::record_damaged if it is none.
  template <class T>
  T get() const;

  /// What an object or a list consists of; nothing for all else.
  const JsonView* begin() const noexcept { return parts_.data(); }
  const JsonView* end() const noexcept { return parts_.data() + parts_.size(); }
  std::string key() const;  // of a part of an object

  /// end() if there is none.
  const JsonView* find(std::string_view key) const;
  bool contains(std::string_view key) const { return find(key) != end(); }
  /// Throws Errc::record_damaged if there is none.
  const JsonView& at(std::string_view key) const;
  template <class T>
  T value(std::string_view key, T fallback) const {
    const JsonView* found = find(key);
    return found == end() ? fallback : found->get<T>();
  }
  /// The parts of a list; throws Errc::record_damaged if it is something else.
  const std::vector<JsonView>& elements() const;

 private:
  friend class JsonParser;
  enum class Kind : std::uint8_t { null, boolean, number, string, list, object };

  std::string_view key_;   // these two as they stand there, without quotes
  std::string_view text_;  // nothing for objects and lists
  std::vector<JsonView> parts_;
  Kind kind_ = Kind::null;
};

template <>
bool JsonView::get() const;
template <>
double JsonView::get() const;
template <>
std::int64_t JsonView::get() const;
template <>
std::uint64_t JsonView::get() const;
template <>
std::string JsonView::get() const;

}  // namespace brood::store
