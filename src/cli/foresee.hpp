// SPDX-License-Identifier: MIT
// What can be told of a command line before the parser is built.
#pragma once

namespace brood::cli {

/// Is this likely a `start` whose monitor is a fork of this process? A wrong guess costs time, nothing else.
bool will_fork_monitor(int argc, const char* const* argv);

}  // namespace brood::cli
