// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "brood/async_result.hpp"
#include "brood/start_method.hpp"
#include "brood/target.hpp"
#include "brood/timeout.hpp"
#include "brood/value.hpp"

namespace brood {

namespace pool {
class Core;
}

/// multiprocessing: the parameters of Pool. Each field's initial value is its default.
struct PoolOptions {
  std::size_t processes = 0;  ///< 0: as many as this process may run at the same time
  Target initializer =
      {};  ///< a registered function (BROOD_TARGET) that each worker runs before its first task
  Value::Array init_args = {};  ///< its arguments
  /// A worker that has had so many tasks leaves, and another one takes its place. A chunk of map() is one task.
  std::optional<std::size_t> max_tasks_per_child = {};
  std::optional<StartMethod> method = {};  ///< empty: get_start_method() at the time of the making
  std::string name_prefix = "PoolWorker";
  std::chrono::milliseconds grace{10'000};  ///< between SIGTERM and SIGKILL, where workers are ended
  /// See ProcessOptions::allow_threads. Under `fork` it counts when the pool is made: that is when this process is
  /// copied, and all workers, later ones too, are copies of that copy.
  bool allow_threads = false;
};

/// multiprocessing.Pool: workers that call functions for this program, one task at a time each.
///
///     brood::Pool pool(4);
///     std::vector<int> squares = pool.map(square, numbers);
///
/// What can be called is a registered function (BROOD_TARGET(square), at namespace scope) whose parameters and result
/// can be a Value; Errc::not_transferable for another one. Under `spawn` and `forkserver` main() begins with
/// brood::init().
///
/// Workers are daemonic processes, named "PoolWorker-1" and so on, among active_children(). They end with this process,
/// however it ends. One that dies costs the call that it was at (WorkerDied) and is replaced; one whose initializer
/// fails is, too, but after three in a row the pool is broken: every call fails with Errc::init_failed.
///
/// All members may be used by any number of threads, but for moving and destroying; only in the process that made the
/// pool (Errc::not_parent). A thread of its own, on which no signal is handled, hands out tasks.
class Pool {
 public:
  /// Returns when the workers have been started; their initializers may still run. Errc::bad_value, and all that
  /// Process::start() throws; no worker is left then.
  explicit Pool(const PoolOptions& options = {});
  explicit Pool(std::size_t processes);
  /// As close() and join(); during the unwinding of an exception as terminate() and join(). In a fork of the program
  /// nothing.
  ~Pool();
  Pool(Pool&&) noexcept;
  Pool& operator=(Pool&&) noexcept;

  /// Calls `function` in a worker, and waits: its result, or what AsyncResult::get() throws.
  template <class R, class... P, class... A>
  R apply(R (*function)(P...), A&&... args) {
    return apply_async(function, std::forward<A>(args)...).get();
  }
  /// The same without waiting. Arguments are converted to the types of the parameters here; Keywords, if the function
  /// takes them, may be left out. Errc::pool_closed, or what broke the pool.
  template <class R, class... P, class... A>
  AsyncResult<std::remove_cvref_t<R>> apply_async(R (*function)(P...), A&&... args) {
    check_result<R>();
    std::vector<Arguments> calls;
    calls.push_back(arguments_for<P...>(std::forward<A>(args)...));
    return AsyncResult<std::remove_cvref_t<R>>(submit(key(function), calls, 1, false));
  }

  /// Calls `function` with each of the items, and waits for all: the results in order. `chunk` items are one task;
  /// 0 chooses it so that each worker gets about four.
  template <class R, class P, std::ranges::input_range Items>
  auto map(R (*function)(P), Items&& items, std::size_t chunk = 0) {
    return map_async(function, std::forward<Items>(items), chunk).get();
  }
  template <class R, class P, std::ranges::input_range Items>
  auto map_async(R (*function)(P), Items&& items, std::size_t chunk = 0) {
    check_result<R>();
    using Results = std::conditional_t<std::is_void_v<R>, void, std::vector<stored_t<R>>>;
    return AsyncResult<Results>(submit(key(function), calls_for<P>(items), chunk, true));
  }
  /// The same, one result at a time and without waiting for the rest. All items are taken at once.
  template <class R, class P, std::ranges::input_range Items>
  OrderedResults<std::remove_cvref_t<R>> imap(R (*function)(P), Items&& items, std::size_t chunk = 1) {
    static_assert(!std::is_void_v<R>, "imap is for functions that return something");
    check_result<R>();
    return OrderedResults<std::remove_cvref_t<R>>(submit(key(function), calls_for<P>(items), chunk, true));
  }

  /// No more tasks: calling the above throws Errc::pool_closed. What was handed in is done, then the workers leave.
  void close();
  /// Tasks that are not done fail with Errc::pool_terminated; workers get SIGTERM, and SIGKILL after the grace time.
  /// Returns when they have ended.
  void terminate();
  /// Waits until all tasks are done and the workers have ended. Errc::pool_open before close() or terminate(), if the
  /// pool is not broken.
  void join();
  /// False if the time ran out first.
  template <class Rep, class Period>
  bool join_for(std::chrono::duration<Rep, Period> timeout) {
    return join_within(timeout_of(timeout));
  }

 private:
  using Key = void (*)();
  template <class R>
  using stored_t = std::conditional_t<std::is_void_v<R>, Value, std::remove_cvref_t<R>>;

  template <class R>
  static constexpr void check_result() {
    static_assert(std::is_void_v<R> || (FromValue<stored_t<R>> && ToValue<stored_t<R>>),
                  "the result has no brood::Convert: it cannot come from another process");
    static_assert(!std::is_same_v<stored_t<R>, std::string_view>, "what the result points to stays there");
  }
  template <class R, class... P>
  static Key key(R (*function)(P...)) noexcept {
    return reinterpret_cast<Key>(function);
  }
  template <class P, class A>
  static void add(Arguments& call, A&& argument) {
    using T = std::remove_cvref_t<P>;
    if constexpr (std::is_same_v<T, Keywords>) {
      call.keywords = T(std::forward<A>(argument));
    } else {
      static_assert(std::is_convertible_v<A, T>, "an argument does not fit its parameter");
      call.positional.push_back(Convert<T>::to(static_cast<T>(std::forward<A>(argument))));
    }
  }
  template <class... P, class... A>
  static Arguments arguments_for(A&&... args) {
    constexpr bool is_without_keywords = sizeof...(A) + 1 == sizeof...(P) && detail::ends_in_keywords<P...>;
    Arguments call;
    if constexpr (is_without_keywords) {
      call = arguments_for<P...>(std::forward<A>(args)..., Keywords());
    } else {
      static_assert(sizeof...(A) == sizeof...(P), "that is not the number of arguments that it takes");
      (add<P>(call, std::forward<A>(args)), ...);
    }
    return call;
  }
  template <class P, class Items>
  static std::vector<Arguments> calls_for(Items& items) {
    std::vector<Arguments> calls;
    for (auto&& item : items) add<P>(calls.emplace_back(), std::forward<decltype(item)>(item));
    return calls;
  }

  detail::Pending submit(Key function, const std::vector<Arguments>& calls, std::size_t chunk, bool is_list);
  bool join_within(Timeout timeout);
  pool::Core& core() const;
  void let_go() noexcept;

  std::shared_ptr<pool::Core> core_;
  int unwinding_ = 0;  // exceptions under way when it was made
};

}  // namespace brood
