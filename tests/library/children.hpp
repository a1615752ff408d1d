// SPDX-License-Identifier: MIT
// Children for the tests of the library and for their scenarios: a program that makes some links children.cpp.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>

#include "brood/process.hpp"
#include "brood/start_method.hpp"
#include "os/pipe.hpp"

namespace brood::test {

/// Straight to standard output, so that it is in the order in which it happened.
void put(std::string_view text);

/// For failures only: nothing that works ever waits so long.
inline constexpr std::chrono::seconds patience{60};

/// A byte that comes; throws at the end of file.
void await_byte(int fd);
void send_byte(int fd);

/// Stops a child, and waits until it has stopped.
void stop(pid_t child);

/// Targets under every method: one that has nothing to do, one that returns 7, and one that says that it is there and
/// stays until it is told to go, or its parent has gone.
void nothing();
int seven();
void stay(int up, int go);
/// The same, and ignores SIGTERM.
void stay_deaf(int up, int go);

/// A child that is there, and stays until it is told to go.
class Held {
 public:
  using Body = void (*)(int up, int go);
  explicit Held(StartMethod method, ProcessOptions more = {}, Body body = stay);
  /// One that may be made in several ways; `up` and `go` are its arguments, and descriptors that it keeps.
  explicit Held(StartMethod method, ProcessOptions more, Target target);

  Process* operator->() { return &process_; }
  Process& process() { return process_; }
  /// Waits until it says (once more) that it is there.
  void await_up() { await_byte(up_.read.get()); }
  void tell() { send_byte(go_.write.get()); }
  /// Tells it to go, and waits for its end.
  void end();

 private:
  os::PipeEnds up_, go_;
  Process process_;
};

}  // namespace brood::test
