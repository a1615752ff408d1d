// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "brood/process.hpp"
#include "brood/process_key.hpp"
#include "brood/sentinel.hpp"
#include "brood/timeout.hpp"

namespace brood {

/// multiprocessing's current_process(): what this process is to brood. A fork of the program that brood did not make has
/// a view of its own, without children.
class ThisProcess {
 public:
  std::string name() const;  ///< "MainProcess", or the name that its Process had at the start
  pid_t pid() const;
  std::vector<int> identity() const;  ///< empty in the main process
  bool daemon() const;
  ProcessKey authkey() const;
  void set_authkey(const ProcessKey& key);  ///< for Process objects made from now on
};
ThisProcess this_process() noexcept;

/// The process that started this one; under `forkserver` it is not getppid()'s, though it is its child. A value.
class ParentProcess {
 public:
  ParentProcess(pid_t pid, std::string name, int sentinel)
      : pid_(pid), name_(std::move(name)), sentinel_(sentinel) {}
  pid_t pid() const noexcept { return pid_; }
  const std::string& name() const noexcept { return name_; }
  bool is_alive() const;
  /// Waits for its end, however it comes.
  void join() const;
  template <class Rep, class Period>
  bool join(std::chrono::duration<Rep, Period> timeout) const {
    return join_within(timeout_of(timeout));
  }
  /// Ready once it has ended; valid as long as this process lives.
  int sentinel() const noexcept { return sentinel_; }

 private:
  bool join_within(Timeout timeout) const;
  pid_t pid_;
  std::string name_;
  int sentinel_;
};
/// Empty in the main process, as multiprocessing's.
std::optional<ParentProcess> parent_process();

/// The children that run, in the order of their start: handles on the same processes. Reaps those that have ended.
std::vector<Process> active_children();

/// sys.exit(): ends the target that this process runs, from any depth of the thread that runs it; destructors on the
/// way run. It is an exception
/// that is none of std::exception, to be let through. In a process that runs no target it is std::exit.
[[noreturn]] void exit(int code = 0);
/// The text and a line's end on standard error, and exit code 1.
[[noreturn]] void exit(std::string_view text);

/// When a hook of at_exit() runs.
enum class ExitHook {
  before_children,  ///< before daemons are ended and children joined
  after_children,
};
/// Runs `hook` when this process ends: the main process by returning from main() or std::exit, a child when its target
/// has ended, whatever the start method. Not after a signal. The last one first. One that throws keeps nothing else from
/// being done; then a child tells of it and ends with 1, and the main process ends as with any exit handler that throws.
void at_exit(ExitHook when, std::function<void()> hook);

/// What happens at the end of a process, main or not, after the hooks (a signal that ends it meanwhile ends the waiting,
/// too; what is started later, in the destructor of a static object, is not waited for): its daemons get SIGTERM; then all children that
/// are left are joined, daemons too, in the order of their start.
struct ExitPolicy {
  /// Daemons first, as multiprocessing does it; or when the others, who may need them, have ended.
  bool daemons_last = false;
  /// After this a child that is no daemon is ended as well (SIGTERM, its grace, SIGKILL); empty: waited for.
  Timeout patience = {};
};
void set_exit_policy(const ExitPolicy& policy);

}  // namespace brood
