// SPDX-License-Identifier: MIT
// This process's side of its fork server.
#pragma once

#include <sys/types.h>

#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "os/clock.hpp"
#include "os/fd.hpp"
#include "process/child.hpp"

namespace brood::process {

class Self;

class ServerLink {
 public:
  ServerLink(pid_t pid, os::Fd pidfd, os::Fd channel);

  pid_t pid() const noexcept { return pid_; }
  bool has_ended();
  /// False if it is gone.
  bool send(const std::string& request, std::span<const int> fds);
  void wake() noexcept;
  /// Closes the channel, waits for its end and reaps it.
  void stop();
  /// In a forked child: only lets go.
  void drop() noexcept { channel_.reset(); }

 private:
  pid_t pid_;
  os::Fd pidfd_;
  os::Fd channel_;
};

/// Reaps children whose start was given up: those that have come by now, or, when there is no server any more that could
/// make them, all. With the server's lock.
enum class Late { come, all };
void take_in_late(Self& me, Late which);

std::optional<pid_t> server_pid();
/// False if there was none.
bool stop_server();

}  // namespace brood::process
