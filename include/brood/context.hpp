// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "brood/process.hpp"
#include "brood/start_method.hpp"

namespace brood {

/// The start method of this program, from now on. Once: later, or after the first start() without a method of its own,
/// Errc::context_already_set, unless forced. (multiprocessing: set_start_method)
void set_start_method(StartMethod method, bool is_forced = false);
/// Errc::unknown_start_method for a word that is none.
void set_start_method(std::string_view method, bool is_forced = false);
/// Makes it undecided again, so that the default applies. (set_start_method(None, force=True))
void reset_start_method();

/// What a Process without a method of its own is started with: what was set, in a child what it was started with, else
/// `fork`. Asking decides nothing.
StartMethod get_start_method();
/// The same, empty as long as it is undecided. (get_start_method(allow_none=True))
std::optional<StartMethod> decided_start_method();
/// fork, spawn, forkserver.
std::vector<StartMethod> get_all_start_methods();

/// multiprocessing's get_context(): start methods without the program's common one. A plain value.
class Context {
 public:
  explicit Context(StartMethod method) noexcept : method_(method) {}
  /// Errc::unknown_start_method.
  explicit Context(std::string_view method);
  StartMethod start_method() const noexcept { return method_; }

  /// Process(options) with this method.
  brood::Process Process(ProcessOptions options = {}) const {
    options.method = method_;
    return brood::Process(std::move(options));
  }

  friend bool operator==(const Context&, const Context&) = default;

 private:
  StartMethod method_;
};

/// The program that `spawn` and `forkserver` execute instead of this one: another build of it, which knows the same
/// targets. Empty: this one. Looked at when a process is started. (multiprocessing: set_executable)
void set_executable(std::string path);

/// The fork server of this process: a fresh image of the program that forks the children of start method `forkserver`.
/// It comes with the first of them, and goes with this process; killed, it is replaced by the next start, and its
/// children go on.
namespace fork_server {
std::optional<pid_t> pid();
/// Ends it, if there is one; its children go on. True if there was.
bool stop();
}  // namespace fork_server

}  // namespace brood
