// SPDX-License-Identifier: MIT
#include "monitor/foreground.hpp"

#include "monitor/tree.hpp"
#include "os/process.hpp"

namespace brood::monitor {

bool asks_to_end(int signal) {
  return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
}

void Foreground::pass_on(const os::Signal& signal) {
  if (signal.from_kernel || signal.number == SIGCHLD) return;  // the terminal told the whole group
  if (signal.number == SIGCONT && !is_stopped_) return;        // a shell's `fg` tells the whole group, too
  // `kill 0`: the target has told its group, and that is both of us. What it tells process 1 is meant for that alone.
  if (signal.sender == target_ && os::own_pid() != 1) return;
  // An outer job that is being terminated tells each of its processes, so the target has been told.
  if (signal.sender > 1 && is_keeper(signal.sender)) return;
  (void)os::send_signal_to_pid(target_, signal.number);
}

void Foreground::follow() {
  while (const int change = os::take_stop_change(target_)) {
    is_stopped_ = change != SIGCONT;
    if (change != SIGTSTP && change != SIGTTIN && change != SIGTTOU) continue;
    // The default action, so that the kernel's rule for orphaned groups holds for us, too: nobody could continue us.
    os::raise_signal(change);
    os::unblock(change);
    os::block(change);
  }
}

}  // namespace brood::monitor
