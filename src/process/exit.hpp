// SPDX-License-Identifier: MIT
// What happens to this process's children when it ends.
#pragma once

namespace brood::process {

/// From now on the end of the main process sees its children ended. Done once; a child does so by itself.
void handle_exit();
/// Hooks, daemons, all others, hooks: see at_exit() and ExitPolicy.
void end_children();
/// C's and C++'s standard output and error.
void flush_streams();

}  // namespace brood::process
