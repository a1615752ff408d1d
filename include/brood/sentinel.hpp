// SPDX-License-Identifier: MIT
#pragma once

namespace brood {

/// Owns a descriptor that becomes ready (POLLIN or POLLHUP) when something has ended, such as a job, and stays so.
/// multiprocessing: `Process.sentinel`, which is a bare number that may be somebody else's after close().
///
/// To be waited for with brood::wait, or in any poll, select or epoll of one's own; never to be read from. Everything
/// here is noexcept; different objects may be used from different threads.
class Sentinel {
 public:
  /// Takes over `fd`, which is close-on-exec and refers to nothing that anybody else closes.
  explicit Sentinel(int fd) noexcept : fd_(fd) {}
  ~Sentinel();
  /// What has been moved from has the descriptor -1 and can only be assigned to or destroyed.
  Sentinel(Sentinel&& other) noexcept;
  Sentinel& operator=(Sentinel&& other) noexcept;
  Sentinel(const Sentinel&) = delete;
  Sentinel& operator=(const Sentinel&) = delete;

  /// Still owned by this object: valid as long as that lives.
  int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

}  // namespace brood
