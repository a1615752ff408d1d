// SPDX-License-Identifier: MIT
// Descriptors that a forked child of this process is not to have: with a copy of this side's end it would keep the other
// side from ever seeing the end.
#pragma once

#include <sys/types.h>

#include "os/fd.hpp"

namespace brood::process {

/// Like os::Fd. start_fork() closes it in the child, where destroying the copy of this object then does nothing.
class OwnFd {
 public:
  OwnFd() = default;
  explicit OwnFd(os::Fd fd);
  ~OwnFd() { reset(); }
  OwnFd(OwnFd&& other) noexcept;
  OwnFd& operator=(OwnFd&& other) noexcept;

  int get() const noexcept { return fd_.get(); }
  explicit operator bool() const noexcept { return static_cast<bool>(fd_); }
  void reset() noexcept;

 private:
  os::Fd fd_;
  pid_t owner_ = 0;
};

}  // namespace brood::process
