// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

namespace brood::os {

/// Closes a descriptor, keeping errno. Errors are of no use to anybody here.
void close_quietly(int fd) noexcept;

/// An owned descriptor. Everything that os opens is close-on-exec and comes in one of these.
class Fd {
 public:
  Fd() noexcept = default;
  explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  int release() noexcept { return std::exchange(fd_, -1); }
  void reset(int fd = -1) noexcept {
    if (fd_ >= 0) close_quietly(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

}  // namespace brood::os
