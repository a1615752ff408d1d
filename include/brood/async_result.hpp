// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "brood/convert.hpp"
#include "brood/error.hpp"
#include "brood/exit_status.hpp"
#include "brood/timeout.hpp"
#include "brood/value.hpp"

namespace brood {

/// Errc::worker_died: the worker ended while it was at the call. Others that it had not begun are done by other workers.
class WorkerDied : public Error {
 public:
  WorkerDied(const std::string& what, pid_t pid, std::optional<ExitStatus> status)
      : Error(Errc::worker_died, what), pid_(pid), status_(status) {}
  pid_t pid() const noexcept { return pid_; }
  /// Empty if nobody can know it, see Process::exit_unknown().
  const std::optional<ExitStatus>& exit_status() const noexcept { return status_; }

 private:
  pid_t pid_;
  std::optional<ExitStatus> status_;
};

namespace pool {
class Batch;
}

namespace detail {

/// Calls that were handed to a Pool together, and what becomes of them.
class Pending {
 public:
  explicit Pending(std::shared_ptr<pool::Batch> batch) noexcept : batch_(std::move(batch)) {}
  std::size_t size() const noexcept;
  bool ready() const;
  bool successful() const;
  bool wait(Timeout timeout) const;  ///< for all of them
  /// Of one call; throws what it failed with. Errc::timed_out.
  Value value(std::size_t index, Timeout timeout) const;
  /// Of all, as an array if they are a list.
  Value result(Timeout timeout) const;

 private:
  std::shared_ptr<pool::Batch> batch_;
};

}  // namespace detail

/// multiprocessing.pool.AsyncResult: what a function returns, or fails with, in a worker of a Pool. It may be copied,
/// used by any number of threads, and outlive the pool. All that wait return as soon as there is a result, which there
/// is in any case: also when the worker dies or the pool is terminated. In a fork of the program it is of no use
/// (Errc::not_parent).
template <class T>
class AsyncResult {
 public:
  explicit AsyncResult(detail::Pending pending) noexcept : pending_(std::move(pending)) {}

  bool ready() const { return pending_.ready(); }
  /// Did it end without an error? Errc::still_running while there is no answer.
  bool successful() const { return pending_.successful(); }

  void wait() const { (void)pending_.wait({}); }
  /// False if the time ran out first; the call goes on.
  template <class Rep, class Period>
  bool wait(std::chrono::duration<Rep, Period> timeout) const {
    return pending_.wait(timeout_of(timeout));
  }

  /// The result, as often as one likes; of a map, that of each item, in order. It throws what went wrong:
  /// Errc::task_failed with the type and text of the exception that the function threw, WorkerDied,
  /// Errc::pool_terminated, Errc::init_failed. Of a map, the first of its errors, when all its items are done.
  T get() const { return from(pending_.result({})); }
  /// Errc::timed_out; the call goes on.
  template <class Rep, class Period>
  T get(std::chrono::duration<Rep, Period> timeout) const {
    return from(pending_.result(timeout_of(timeout)));
  }

 private:
  static T from(const Value& value) {
    if constexpr (!std::is_void_v<T>) return value.as<T>();
  }
  detail::Pending pending_;
};

/// What Pool::imap() gives: results one after the other, in the order of the items, each as soon as it is there. Of one
/// thread. In a range-for loop an error ends the loop; next() goes on after it.
template <class T>
class OrderedResults {
 public:
  explicit OrderedResults(detail::Pending pending) noexcept : pending_(std::move(pending)) {}

  std::size_t size() const noexcept { return pending_.size(); }
  /// Waits for the next result; empty after the last. Throws as AsyncResult::get() does, each error once.
  std::optional<T> next() { return take(std::nullopt); }
  /// Errc::timed_out; the same result is next, then.
  template <class Rep, class Period>
  std::optional<T> next(std::chrono::duration<Rep, Period> timeout) {
    return take(timeout_of(timeout));
  }

  class Iterator {
   public:
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    explicit Iterator(OrderedResults* results) : results_(results), value_(results->next()) {}
    T& operator*() const { return *value_; }
    Iterator& operator++() {
      value_ = results_->next();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const noexcept { return !value_; }

   private:
    OrderedResults* results_;
    mutable std::optional<T> value_;
  };
  Iterator begin() { return Iterator(this); }
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  std::optional<T> take(Timeout timeout) {
    if (next_ == pending_.size()) return std::nullopt;
    try {
      const Value value = pending_.value(next_, timeout);
      ++next_;
      return value.as<T>();
    } catch (const Error& problem) {
      if (problem.code() != Errc::timed_out) ++next_;
      throw;
    }
  }

  detail::Pending pending_;
  std::size_t next_ = 0;
};

}  // namespace brood
