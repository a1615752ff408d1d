// SPDX-License-Identifier: MIT
// What happens to this process's children when it ends.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "process/child.hpp"

namespace brood::process {

/// From now on the end of the main process sees its children ended. Done once; a child does so by itself.
void handle_exit();
/// at_exit(ExitHook::before_children), as long as it is not taken back by the number that this returns.
std::uint64_t before_children(std::function<void()> hook);
void forget_hook(std::uint64_t number) noexcept;
/// Hooks, daemons, all others, hooks: see at_exit() and ExitPolicy.
void end_children();
/// SIGTERM to all of them at once, SIGKILL after each one's grace; returns when they have ended.
void end(const std::vector<std::shared_ptr<Child>>& children);
/// C's and C++'s standard output and error.
void flush_streams();

}  // namespace brood::process
