// SPDX-License-Identifier: MIT
// The worker's side.
#pragma once

#include <string>

#include "brood/value.hpp"

namespace brood::pool {

/// The target of a worker: calls what it is told to through `channel`, until that closes. `initializer` is the name of a
/// target, or empty.
int work(int channel, const std::string& initializer, const Value::Array& init_args);

}  // namespace brood::pool
