// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "os/clock.hpp"
#include "os/fd.hpp"

namespace brood::os {

/// A descriptor that becomes readable when something changes (inotify).
class Watch {
 public:
  Watch() noexcept;
  /// False if the system has no more of them to give: then there is nothing to wait for, and look now and then must do.
  bool works() const noexcept { return static_cast<bool>(fd_); }
  int fd() const noexcept { return fd_.get(); }
  /// A file's contents, or the names and files in a directory. False if it cannot be watched.
  bool add(const std::string& path) noexcept;
  /// That a file open for writing is closed.
  bool add_close(const std::string& path) noexcept;
  /// Until something is reported, which is then forgotten, or the deadline has passed.
  void wait(const Deadline& deadline);
  /// Forgets what has been reported.
  void drain() noexcept;

 private:
  Fd fd_;
};

}  // namespace brood::os
