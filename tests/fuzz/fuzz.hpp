// SPDX-License-Identifier: MIT
// What the fuzz targets share. A target turns bytes into calls and says what must hold whatever the bytes are; what does
// not hold ends the program, which is how libFuzzer learns of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "brood/error.hpp"
#include "brood/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace brood::fuzz {

[[noreturn]] inline void fail(const std::string& words) {
  std::fprintf(stderr, "does not hold: %s\n", words.c_str());
  std::abort();
}

inline void require(bool holds, const char* words) {
  if (!holds) fail(words);
}

/// Did `call` come through? If not it has thrown a brood::Error with one of `codes` and one line of text; anything else
/// is a finding. (Errc and std::error_code both do for a code.)
template <class Call>
bool accepts(Call&& call, std::initializer_list<std::error_code> codes) {
  try {
    call();
    return true;
  } catch (const Error& problem) {
    const std::string what = problem.what();
    if (what.empty() || printable(what) != what) fail("an error is one line of text: " + printable(what));
    for (const std::error_code& code : codes)
      if (problem.code() == code) return false;
    fail("an error of the wrong kind: " + what);
  } catch (const std::exception& problem) {
    fail(std::string("all errors are brood::Error: ") + problem.what());
  }
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Takes a byte off the front: what decides between ways to read the rest.
inline unsigned take_byte(std::string_view& bytes) {
  if (bytes.empty()) return 0;
  const auto byte = static_cast<unsigned char>(bytes.front());
  bytes.remove_prefix(1);
  return byte;
}

inline std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return parts;
}

}  // namespace brood::fuzz
