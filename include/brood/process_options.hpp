// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "brood/scope.hpp"
#include "brood/start_method.hpp"
#include "brood/target.hpp"
#include "brood/value.hpp"

namespace brood {

/// Where one of a process's standard streams goes.
class Stream {
 public:
  enum class Kind { inherit, null, file, pipe, descriptor };

  static Stream inherit() { return Stream(Kind::inherit); }  ///< that of this program
  static Stream null() { return Stream(Kind::null); }        ///< the null device
  /// As input read from its start, as output appended to; made where missing.
  static Stream file(std::string path) { return Stream(Kind::file, std::move(path)); }
  /// The other end is Process::input(), output() or error_output().
  static Stream pipe() { return Stream(Kind::pipe); }
  /// A descriptor of this program; it stays the caller's, who may close it once start() has returned.
  static Stream descriptor(int fd) { return Stream(Kind::descriptor, {}, fd); }

  Kind kind() const noexcept { return kind_; }
  const std::string& path() const noexcept { return path_; }
  int fd() const noexcept { return fd_; }

 private:
  explicit Stream(Kind kind, std::string path = {}, int fd = -1)
      : kind_(kind), path_(std::move(path)), fd_(fd) {}
  Kind kind_;
  std::string path_;
  int fd_;
};

/// How the environment differs from that of this program at the time of start().
struct Environment {
  bool clear = false;                           ///< begin with an empty one
  std::vector<std::string> unset = {};          ///< names to remove
  std::map<std::string, std::string> set = {};  ///< names to set; the last word on a name
};

/// What happens to a process when its parent ends without having ended it: killed, crashed, or left by _exit.
enum class OnParentDeath {
  nothing,    ///< it runs on
  terminate,  ///< it gets SIGTERM
  kill,       ///< it gets SIGKILL
};

/// What becomes of a process that still runs when its Process object is destroyed, or assigned to. It is never left
/// behind as a zombie.
enum class OnDestroy {
  join,       ///< the destructor waits for it, as that of std::jthread does
  terminate,  ///< the destructor ends it (SIGTERM, and SIGKILL after `grace`) and waits for that
  detach,     ///< it runs on, among active_children(), and is joined when the program ends (multiprocessing)
};

/// Everything that can be asked of a Process before it is started (multiprocessing: the parameters of Process). Each
/// field's initial value is its default.
struct ProcessOptions {
  Target target = {};
  std::string name = {};      ///< empty: "Process-1", and so on; see Process::identity()
  Value::Array args = {};     ///< of the function that is the target
  Value::Object kwargs = {};  ///< likewise; a function takes them as its last parameter, a Keywords
  std::optional<bool> daemon =
      {};  ///< ends with this program, and may have no children; empty: as this process
  std::optional<StartMethod> method = {};  ///< empty: get_start_method() at the time of start()

  std::string name_prefix = "Process";  ///< of the default name
  Environment environment = {};
  std::string cwd = {};        ///< empty: that of this program
  Stream in = Stream::null();  ///< standard input; two readers of one terminal would take turns at its lines
  Stream out = Stream::inherit();
  Stream err = Stream::inherit();
  /// Descriptors above 2 that it keeps, under their numbers. A function under `fork` keeps all there are.
  std::vector<int> pass_fds = {};

  /// What terminate(), kill() and the end of this program reach. With Scope::tree it leads a session of its own, so that
  /// it is also cut off from the terminal, and what leaves that session and loses its parent is out of reach; a job of a
  /// Registry has no such gap.
  Scope stop = Scope::target_only;
  std::chrono::milliseconds grace{
      10'000};  ///< before SIGKILL, where it is ended: as a daemon, or by OnDestroy
  std::optional<OnParentDeath> on_parent_death = {};  ///< empty: kill if it is a daemon, else nothing
  /// Empty: detach for a daemon, which ends with the program, else join.
  std::optional<OnDestroy> on_destroy = {};

  bool allow_children = false;  ///< although it is a daemon, it may start processes
  bool inherit_signals =
      false;  ///< a function under `fork` keeps signal handlers, and the mask of the caller
  /// `fork` copies only the thread that calls start(); a lock that another one holds stays locked in the child for ever.
  /// So a function is refused under `fork` (Errc::multithreaded) where there are threads, unless this says that all is
  /// well. Everything else may be started from any thread.
  bool allow_threads = false;
  std::chrono::milliseconds start_timeout{10'000};  ///< for the fork server to answer; Errc::timed_out
};

}  // namespace brood
