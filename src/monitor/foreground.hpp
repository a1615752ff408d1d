// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include "os/signals.hpp"

namespace brood::monitor {

/// Is this one of the signals by which a process is asked to end?
bool asks_to_end(int signal);

/// What makes `run` transparent: the target is in our process group and on our terminal, so both get what the terminal
/// sends; what is sent to us alone is passed on; and when job control stops the target, we stop with it.
class Foreground {
 public:
  explicit Foreground(pid_t target) : target_(target) {}

  void pass_on(const os::Signal& signal);
  /// After a SIGCHLD: has the target been stopped or continued?
  void follow();

 private:
  pid_t target_;
  bool is_stopped_ = false;
};

}  // namespace brood::monitor
