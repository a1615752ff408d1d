// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace brood::os {

/// Fills it with random bytes of the kernel's, fit for keys. Straight from getrandom(2): libsodium would set itself up
/// first, and a launch has no time for that.
void fill_with_random(char* bytes, std::size_t size);

}  // namespace brood::os
