// SPDX-License-Identifier: MIT
// Calls that were handed in together, and what has become of each. The pool's thread settles them, others wait.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "brood/error.hpp"
#include "brood/value.hpp"
#include "os/clock.hpp"

namespace brood::pool {

/// Why a call failed. Each that asks is thrown a copy of its own: an exception that several threads have is not theirs.
using Failure = std::shared_ptr<const Error>;
Failure failure(const Error& error);
/// The exception that is being handled.
Failure current_failure();
[[noreturn]] void raise(const Failure& failure);

class Batch {
 public:
  Batch(std::size_t calls, bool is_list);

  void settle(std::size_t index, Value value);
  void fail(std::size_t index, Failure problem);

  std::size_t size() const noexcept { return calls_.size(); }
  bool is_list() const noexcept { return is_list_; }
  bool is_settled() const;
  /// Of all, when they are settled.
  bool has_failed() const;
  /// False if the deadline passed first.
  bool await_all(const os::Deadline& deadline) const;
  bool await(std::size_t index, const os::Deadline& deadline) const;
  /// Of a settled call; throws what it failed with.
  Value value(std::size_t index) const;

 private:
  struct Call {
    bool is_settled = false;
    Value value;
    Failure problem;
  };

  void check_process() const;
  void finish(Call& call);  // with the lock

  const pid_t owner_;
  const bool is_list_;
  mutable std::mutex mutex_;  // for all below
  mutable std::condition_variable all_settled_;
  mutable std::condition_variable one_settled_;  // notified where somebody waits for one
  mutable int waiting_for_one_ = 0;
  std::vector<Call> calls_;
  std::size_t left_;
};

}  // namespace brood::pool
