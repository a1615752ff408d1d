// SPDX-License-Identifier: MIT
#include "process/server_link.hpp"

#include <csignal>

#include "brood/error.hpp"
#include "os/block.hpp"
#include "os/child.hpp"
#include "os/poll.hpp"
#include "os/process.hpp"
#include "os/socket.hpp"

namespace brood::process {

ServerLink::ServerLink(pid_t pid, os::Fd pidfd, OwnFd channel)
    : pid_(pid), pidfd_(std::move(pidfd)), channel_(std::move(channel)) {}

bool ServerLink::has_ended() { return os::reap_child(pidfd_.get()).has_ended; }

bool ServerLink::send(const std::string& request, std::span<const int> fds) {
  try {
    os::send_block(channel_.get(), request, fds);
    return true;
  } catch (const Error& problem) {
    if (problem.code() == std::errc::broken_pipe || problem.code() == std::errc::connection_reset)
      return false;
    throw;
  }
}

void ServerLink::wake() noexcept { (void)os::send_signal(pidfd_.get(), SIGCONT); }

void ServerLink::stop() {
  // Closing it would not do: a fork of this process may hold it, too.
  os::hang_up(channel_.get());
  channel_.reset();
  wake();  // a stopped one would not see it
  (void)os::await_ready(pidfd_.get(), {});
  (void)os::reap_child(pidfd_.get());
}

}  // namespace brood::process
