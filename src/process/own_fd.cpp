// SPDX-License-Identifier: MIT
#include "process/own_fd.hpp"

#include <utility>

#include "os/process.hpp"
#include "process/self.hpp"

namespace brood::process {

OwnFd::OwnFd(os::Fd fd) : fd_(std::move(fd)), owner_(os::own_pid()) {
  if (!fd_) return;
  Self& me = self();
  const std::lock_guard lock(me.mutex);
  me.own_fds.insert(fd_.get());
}

OwnFd::OwnFd(OwnFd&& other) noexcept : fd_(std::move(other.fd_)), owner_(other.owner_) {}

OwnFd& OwnFd::operator=(OwnFd&& other) noexcept {
  if (this == &other) return *this;
  reset();
  fd_ = std::move(other.fd_);
  owner_ = other.owner_;
  return *this;
}

void OwnFd::reset() noexcept {
  if (!fd_) return;
  if (owner_ != os::own_pid()) {
    (void)fd_.release();  // in a fork its number is free, or somebody else's
    return;
  }
  Self& me = self();
  const std::lock_guard lock(me.mutex);
  me.own_fds.erase(fd_.get());
  fd_.reset();
}

}  // namespace brood::process
