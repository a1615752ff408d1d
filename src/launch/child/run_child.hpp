// SPDX-License-Identifier: MIT
// The regime of this folder: code that runs in a child which shares its parent's memory. Async-signal-safe calls only,
// no allocation, no exceptions, no locks; everything noexcept. The symbols that it uses are checked by a test.
#pragma once

namespace brood::launch::child {

/// Follows the `Plan` that `plan` points to. Does not return when the target was executed; else the fault is stored in
/// the plan and the child ends.
int run_child(void* plan) noexcept;

}  // namespace brood::launch::child
