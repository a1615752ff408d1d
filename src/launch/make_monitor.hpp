// SPDX-License-Identifier: MIT
// The start methods, as far as they differ: how the process comes to be that will be a job's monitor. Whatever the
// method, it gets its orders through a socket, so the rest of the engine knows no difference.
#pragma once

#include <sys/types.h>

#include "os/fd.hpp"

namespace brood::launch {

/// A monitor to be, waiting at the other end of `channel`. It leaves when the channel closes without orders.
struct MonitorProcess {
  pid_t pid = 0;
  os::Fd channel;
};

/// What a monitor does with its end of the channel; returns its exit status.
using MonitorMain = int (*)(os::Fd channel);

/// The words of the command line, where main() found them.
struct CommandLine {
  int argc = 0;
  char** argv = nullptr;
};

/// Start method fork: a copy of this process, in a session of its own. Given the command line, the copy hides it.
MonitorProcess fork_monitor(MonitorMain main, CommandLine line = {});
/// Start method spawn: a fresh image of this program, in a session of its own, signals at their defaults.
MonitorProcess spawn_monitor();
/// Start method forkserver: a fresh image likewise, to be the server. It has an empty environment.
MonitorProcess spawn_server();

/// What this process was made to be by one of the two above, and the channel that it was given.
enum class Part { none, monitor, server };
struct Spawned {
  Part part = Part::none;
  os::Fd channel;
};
Spawned spawned(int argc, char** argv);

}  // namespace brood::launch
