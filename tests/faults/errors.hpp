// SPDX-License-Identifier: MIT
// What the kernel may answer to a system call that does nothing wrong.
#pragma once

#include <vector>

namespace brood::test {

/// Empty for calls that cannot fail, or only by their caller's fault.
std::vector<int> errors_of(long call);

}  // namespace brood::test
