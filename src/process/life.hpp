// SPDX-License-Identifier: MIT
// The life of a child: from the start of its target to _exit.
#pragma once

#include <functional>
#include <string>

namespace brood::process {

/// Runs the target, says on standard error what exception ended it, sees this process's own children ended, flushes, and
/// ends the process. Nothing gets out of it, neither an exception nor the control.
[[noreturn]] void live(const std::function<int()>& target) noexcept;

/// "TYPE: WHAT" of the exception that is being handled.
std::string current_exception_text();

/// In a child whose target cannot even begin.
[[noreturn]] void die_unborn() noexcept;

}  // namespace brood::process
