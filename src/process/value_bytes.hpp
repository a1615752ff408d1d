// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "brood/value.hpp"

namespace brood::process {

/// What is nested deeper would end on the other side, if not here, as the stack of a thread.
inline constexpr int most_value_depth = 512;
/// "DOING: it is nested ...", Errc::bad_value.
[[noreturn]] void refuse_value_depth(const char* doing);

/// A value on its way to another process: any bytes are text, and numbers that JSON has not are numbers.
std::string value_bytes(const Value& value);
/// Errc::protocol_mismatch for bytes that are none.
Value value_from(std::string_view bytes);

}  // namespace brood::process
