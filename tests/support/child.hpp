// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "brood/exit_status.hpp"
#include "os/fd.hpp"

namespace brood::test {

/// A forked copy of the test that runs `body`; what body returns is its exit status. It has no part in the case's
/// checks: it tells by its status, or by what it writes to `output`. Killed, if it still lives, when this goes.
class Child {
 public:
  using Body = std::function<int(int output)>;
  explicit Child(const Body& body);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  Child(Child&& other) noexcept;

  pid_t pid() const noexcept { return pid_; }
  /// The other end of `output`.
  int output() const noexcept { return output_.get(); }
  /// All that it writes until it, and whoever has inherited the descriptor, has closed it.
  std::string read_output() const;
  void kill() const;
  /// Waits for its end, and reaps it.
  ExitStatus wait();

 private:
  pid_t pid_ = 0;
  os::Fd output_;
};

/// What an exception in the body makes of the status; the words go to stderr.
inline constexpr int child_threw = 99;

}  // namespace brood::test
