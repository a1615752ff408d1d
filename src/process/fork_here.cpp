// SPDX-License-Identifier: MIT
#include "process/fork_here.hpp"

#include <csignal>

#include "brood/error.hpp"
#include "os/child.hpp"
#include "os/process.hpp"
#include "os/signals.hpp"
#include "os/socket.hpp"
#include "process/exit.hpp"
#include "process/lasting_thread.hpp"
#include "process/life.hpp"
#include "process/self.hpp"
#include "process/server.hpp"

namespace brood::process {

void refuse_threads() {
  Self& me = self();
  const std::lock_guard lock(me.mutex);
  if (os::thread_count() > 1 + me.own_threads)
    throw Error(Errc::multithreaded, "fork",
                "use spawn or forkserver, or start it before the threads; allow_threads forks all the same");
}

pid_t fork_here() {
  Self& me = self();
  // Held across the fork, so that the child finds a list that nobody was about to change.
  const std::lock_guard lock(me.mutex);
  const pid_t pid = os::fork_process();
  if (pid == 0)
    for (const int fd : me.own_fds) os::close_quietly(fd);
  return pid;
}

std::unique_ptr<ServerLink> fork_server_here(bool allow_threads) {
  if (!allow_threads) refuse_threads();
  auto ends = os::socket_pair();
  OwnFd ours(std::move(ends.first));
  os::Fd theirs = std::move(ends.second);
  const pid_t parent = os::own_pid();
  pid_t pid = 0;
  flush_streams();  // or each of its children would write what is in them
  const os::SignalBlock block;
  on_lasting_thread([&] {
    pid = fork_here();
    if (pid != 0) return;
    // Its channel would tell it, too, were it not for other forks of the program that may have copied our end.
    if (!os::set_death_signal(SIGKILL, parent)) die_unborn();
    serve(std::move(theirs));
  });
  try {
    return std::make_unique<ServerLink>(pid, os::above_streams(os::open_pidfd(pid).value()), std::move(ours));
  } catch (...) {
    ours.reset();  // it leaves
    os::wait_for_end(pid);
    throw;
  }
}

}  // namespace brood::process
