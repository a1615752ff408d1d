// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "brood/error.hpp"
#include "brood/exit_status.hpp"
#include "brood/process_key.hpp"
#include "brood/process_options.hpp"
#include "brood/start_method.hpp"
#include "brood/timeout.hpp"

namespace brood {

namespace process {
class Child;
}

enum class ProcessState {
  initial,  ///< not started yet
  started,  ///< it runs, be it stopped by a signal
  stopped,  ///< it has ended
  closed,   ///< close() was called
  unknown,  ///< this is not the process that made the object, and cannot tell
};
std::string_view to_string(ProcessState state) noexcept;

/// multiprocessing.Process: a child of this program that runs a command or a function.
///
///     brood::Process child({.target = greet, .args = {"bob"}});
///     child.start();
///     child.join();
///
/// What a target can be depends on the start method:
///   - a Command: all methods. It is executed directly, so that starting it costs the same whatever this program weighs;
///     it inherits descriptors under `fork`, and under the others only those passed;
///   - a function registered with BROOD_TARGET, and arguments that can be a Value: all methods. `spawn` and `forkserver`
///     need brood::init() at the beginning of main();
///   - any other function or object, and a subclass with a run() of its own: `fork`.
///
/// A child begins with every signal at its default, but see ProcessOptions. It ends with `_exit`: neither exit handlers
/// nor destructors of static objects run, but at_exit() does. C's and C++'s standard streams are flushed.
///
/// An object stands for one child, once. It can be moved, not copied. The state of the child is kept apart from it, so
/// any number of threads may use one object at once, all but moving, assigning and destroying it; of many that join, all
/// see the same status. Only the process that made an object may start, join and close it (Errc::not_parent); in a fork
/// of it is_alive() and signals still work, and destroying the object does nothing.
///
/// Errors are brood::Error; where multiprocessing raises AssertionError or ValueError for a misuse, there is an Errc:
/// closed, already_started, not_started, not_parent, still_running, daemonic_child, bad_value. The checks are made in
/// this order.
class Process {
 public:
  /// Takes what it can from this process now, not at start(): identity, daemon flag and key.
  /// Errc::bad_value for a bad name, or for arguments that the target cannot take.
  explicit Process(ProcessOptions options = {});
  /// Short for a target and its positional arguments. Where one of them cannot be a Value, or the target is an object
  /// that can be called in several ways, both are kept as they are: for `fork`.
  template <class F, class... Args>
  requires(!std::same_as<std::decay_t<F>, ProcessOptions> &&
           !std::derived_from<std::decay_t<F>, Process>) explicit Process(F&& target, Args&&... args)
      : Process(detail_options(std::forward<F>(target), std::forward<Args>(args)...)) {}
  virtual ~Process();
  Process(Process&&) noexcept;
  Process& operator=(Process&&) noexcept;

  /// What the child does, and what a subclass may override; the result is its exit code. Called here, it runs the target
  /// in this process; after start() that has given it away (Errc::already_started).
  virtual int run();

  /// Returns when the child exists; a Command has been executed by then. When it fails the object is as before, no
  /// process is left, and it may be tried again. Standard output and error are flushed first. Besides misuse:
  /// Errc::not_transferable, not_initialised, multithreaded, timed_out, or the errno of what failed; for a Command,
  /// exit_status() is 126 or 127 as in a shell.
  void start();

  /// Waits for the end: the exit code, empty if nobody can know it (exit_unknown()). As often as one likes.
  std::optional<int> join();
  /// False if the time ran out first. Zero or less looks once; infinity is no limit; NaN is Errc::bad_value.
  template <class Rep, class Period>
  bool join(std::chrono::duration<Rep, Period> timeout) {
    return join_within(timeout_of(timeout));
  }
  bool join_until(std::chrono::steady_clock::time_point deadline);

  bool is_alive();
  /// multiprocessing's `exitcode`: N, or -S for death by signal S. Empty before the end.
  std::optional<int> exitcode();
  std::optional<ExitStatus> exit_status();
  /// It is over, and how cannot be known: SIGCHLD is ignored or somebody waits for all children, and the kernel is older
  /// than Linux 6.15. Never an invented code.
  bool exit_unknown();
  ProcessState state();

  std::string name() const;
  /// Any time; the child keeps its copy. Errc::bad_value if it is empty or has control characters or a slash.
  void set_name(std::string_view name);
  bool daemon() const;
  void set_daemon(bool daemon);      ///< before start()
  std::optional<pid_t> pid() const;  ///< from start() on, kept after the end
  pid_t parent() const;              ///< who made this object
  /// {1}, {2}, ... counted in each process; {1, 3} is the third that the first one has made.
  std::vector<int> identity() const;
  StartMethod start_method() const;  ///< that was used, or would be
  ProcessKey authkey() const;        ///< by default that of this process
  void set_authkey(const ProcessKey& key);

  /// A pidfd, ready once the child has ended, and from then on. It is the object's: valid until close().
  int sentinel() const;
  /// This end of a Stream::pipe(); the object's, until close().
  int input() const;
  int output() const;
  int error_output() const;
  /// Closes the pipe to the child's standard input, so that it sees the end.
  void close_input();

  /// Sends SIGTERM, and returns at once. False if it has ended: nothing was sent. Never signals another process.
  bool terminate();
  /// SIGTERM, and SIGKILL after `grace`; returns when it has ended. False if it had before.
  bool terminate(std::chrono::milliseconds grace);
  bool kill();              ///< likewise with SIGKILL
  bool interrupt();         ///< with SIGINT
  bool signal(int number);  ///< with any other

  /// Lets go of what the object holds. Once: the rest of its members then throw Errc::closed, but for name, daemon,
  /// authkey, identity, state and close. Errc::still_running.
  void close();

  /// For people: class, name, pid, parent, state, exit code.
  std::string to_string();

 private:
  friend std::vector<Process> active_children();
  explicit Process(std::shared_ptr<process::Child> child) noexcept;
  bool join_within(Timeout timeout);
  process::Child& child() const;
  void let_go() noexcept;

  template <class F, class... Args>
  static ProcessOptions detail_options(F&& target, Args&&... args) {
    constexpr bool is_function = std::is_pointer_v<std::decay_t<F>> || requires {
      &std::decay_t<F>::operator();
    };
    if constexpr (sizeof...(Args) == 0) {
      return {.target = std::forward<F>(target)};
    } else if constexpr (is_function && (std::convertible_to<Args, Value> && ...)) {
      return {.target = std::forward<F>(target), .args = {Value(std::forward<Args>(args))...}};
    } else {
      auto bound = [function = std::decay_t<F>(std::forward<F>(target)),
                    values = std::tuple<std::decay_t<Args>...>(std::forward<Args>(args)...)]() mutable {
        return std::apply(function, std::move(values));
      };
      return {.target = std::move(bound)};
    }
  }

  std::shared_ptr<process::Child> child_;
  bool is_owner_ = true;  // not of those that active_children() has made
};

}  // namespace brood
