// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "brood/value.hpp"

namespace brood::process {

/// A value on its way to another process (CBOR: any bytes are text, and numbers that JSON has not are numbers).
std::string value_bytes(const Value& value);
/// Errc::protocol_mismatch for bytes that are none.
Value value_from(std::string_view bytes);

}  // namespace brood::process
