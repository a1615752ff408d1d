// SPDX-License-Identifier: MIT
// After each test case the process must be what it was before: the same open descriptors, the same signal mask, the
// same umask, no child. What a case has left behind is named and ends the run with a failure; processes are killed,
// so that the next case is not blamed for them.
#pragma once

#include <chrono>
#include <set>
#include <string>

namespace brood::test {

/// Makes this process the parent of every process that loses its own below it. First thing in main().
void adopt_orphans();

/// Waits for all children, and for what comes to this process when they end. Kills and names those that stay.
std::set<std::string> end_children(std::chrono::milliseconds patience);

/// Has any case so far left something behind?
bool leaks_found() noexcept;

/// Has the case that is running failed so far?
bool is_case_failing() noexcept;

}  // namespace brood::test
