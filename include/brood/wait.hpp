// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "brood/sentinel.hpp"
#include "brood/timeout.hpp"

namespace brood {

/// An object whose `sentinel()` is a descriptor that the object keeps open: its number, or a Sentinel.
template <class T>
concept HasSentinel = requires(T& object) {
  object.sentinel();
}
&&(std::same_as<decltype(std::declval<T&>().sentinel()), int> ||
   std::same_as<decltype(std::declval<T&>().sentinel()), Sentinel&> ||
   std::same_as<decltype(std::declval<T&>().sentinel()), const Sentinel&>);

/// Something to wait for: a Process, the Sentinel of a job, or any descriptor that poll(2) knows. A mere reference: what it
/// was made from must live, and keep its descriptor open, until the wait is over. So a temporary Sentinel is none.
/// Made from an object with `sentinel()`, it throws what that throws, such as Errc::not_started.
class Waitable {
 public:
  Waitable(int fd) noexcept : fd_(fd) {}
  Waitable(const Sentinel& sentinel) noexcept : fd_(sentinel.fd()) {}
  Waitable(Sentinel&&) = delete;
  Waitable(const Sentinel&&) = delete;
  template <HasSentinel T>
  Waitable(T& object) : Waitable(object.sentinel()) {}

  int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

/// multiprocessing.connection.wait(): blocks until at least one of `objects` is ready to be read from, has hung up or
/// has an error, or `deadline` has come; without one there is no limit. The answer is the indices of all that are ready
/// then, in the order of `objects`; empty when the time ran out first, and at once if there are no objects.
///
/// Level-triggered: what is ready stays so in every further wait, an ended process for ever. Nothing is read. A
/// deadline in the past only looks. Signals do not end the wait, nor make it longer.
///
/// Thousands of objects may be waited for, in any mix. One that is there twice is polled once, and both its indices are
/// in the answer. Errc::bad_value names the index of a descriptor that is negative or not open; no other is judged then.
///
/// May be called from any number of threads, also about the same objects.
std::vector<std::size_t> wait(std::span<const Waitable> objects,
                              std::optional<std::chrono::steady_clock::time_point> deadline);
std::vector<std::size_t> wait(std::span<const Waitable> objects);

/// No longer than `timeout`, which is rounded up and treated as in timeout_of(): infinite means without limit, zero or
/// less only looks, not-a-number is Errc::bad_value.
template <class Rep, class Period>
std::vector<std::size_t> wait(std::span<const Waitable> objects, std::chrono::duration<Rep, Period> timeout) {
  const Timeout length = timeout_of(timeout);
  if (!length) return wait(objects);
  return wait(objects, std::chrono::steady_clock::now() + *length);
}

/// The same for objects that are listed in the call: wait({process, sentinel, fd}, 10s).
inline std::vector<std::size_t> wait(std::initializer_list<Waitable> objects,
                                     std::optional<std::chrono::steady_clock::time_point> deadline) {
  return wait(std::span<const Waitable>(objects), deadline);
}
inline std::vector<std::size_t> wait(std::initializer_list<Waitable> objects) {
  return wait(std::span<const Waitable>(objects));
}
template <class Rep, class Period>
std::vector<std::size_t> wait(std::initializer_list<Waitable> objects,
                              std::chrono::duration<Rep, Period> timeout) {
  return wait(std::span<const Waitable>(objects), timeout);
}

}  // namespace brood
