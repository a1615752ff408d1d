// SPDX-License-Identifier: MIT
#pragma once

#include "os/fd.hpp"

namespace brood::os {

/// Ends a poll that runs in another thread.
class Notifier {
 public:
  Notifier();
  /// Ready from notify() on, until clear().
  int fd() const noexcept { return fd_.get(); }
  void notify() noexcept;
  void clear() noexcept;

 private:
  Fd fd_;
};

}  // namespace brood::os
