// SPDX-License-Identifier: MIT
// This process's side of its fork server.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>

#include "os/fd.hpp"
#include "process/own_fd.hpp"

namespace brood::process {

class ServerLink {
 public:
  /// Of a server that was made on a lasting thread: that becomes the parent of all its children.
  ServerLink(pid_t pid, os::Fd pidfd, OwnFd channel);

  pid_t pid() const noexcept { return pid_; }
  bool has_ended();
  /// False if it is gone.
  bool send(const std::string& request, std::span<const int> fds);
  void wake() noexcept;
  /// Closes the channel, waits for its end and reaps it.
  void stop();

 private:
  pid_t pid_;
  os::Fd pidfd_;
  OwnFd channel_;
};

}  // namespace brood::process
