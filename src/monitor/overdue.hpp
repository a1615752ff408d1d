// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>

#include "base/backoff.hpp"
#include "os/clock.hpp"

namespace brood::monitor {

/// When a record that could not be written is to be written again: soon, then ever more seldom.
class Overdue {
 public:
  /// For so long the end of a job that is not on record keeps it from being over. A disk that has not come back by then
  /// is not waited for any longer; its waiters have a right to go on.
  static constexpr std::chrono::seconds patience{60};

  void note(bool is_owed, os::SteadyTime now) {
    if (!is_owed) {
      since_.reset();
      return;
    }
    if (!since_) {
      since_ = now;
      pauses_ = pauses;
    }
    next_ = now + pauses_.next();
  }
  os::Deadline deadline() const { return since_ ? os::Deadline(next_) : os::Deadline(); }
  bool is_due(os::SteadyTime now) const { return since_ && now >= next_; }
  bool is_too_late(os::SteadyTime now) const { return !since_ || now - *since_ >= patience; }

 private:
  static constexpr Backoff pauses{std::chrono::milliseconds(20), std::chrono::seconds(5)};
  std::optional<os::SteadyTime> since_;
  os::SteadyTime next_;
  Backoff pauses_ = pauses;
};

}  // namespace brood::monitor
