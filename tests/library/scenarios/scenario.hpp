// SPDX-License-Identifier: MIT
// The program that the parity cases run: `brood_scenarios CASE METHOD`. Each case is a whole program, so that it may
// do to itself what it likes (die, change its umask, ignore SIGCHLD), counts its children from 1, and ends as programs
// do. What it and its children print is what was seen.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "brood/error.hpp"
#include "brood/process.hpp"
#include "brood/start_method.hpp"
#include "os/pipe.hpp"

namespace brood::scenario {

using Body = std::function<void(StartMethod)>;

/// Makes a case known: at namespace scope.
class Scenario {
 public:
  Scenario(const char* number, Body body);
};
/// Empty if there is none.
Body find(std::string_view number);

/// Straight to standard output, so that it is in the order in which it happened.
void put(std::string_view text);
/// The words, with blanks between them, as one line.
void say(const std::vector<std::string>& words);

/// What comes of it: "none", or the name of the error. "none" is Python's word for "no exception".
template <class Action>
std::string outcome(Action action) {
  try {
    (void)action();
    return "none";
  } catch (const Error& problem) {
    return error_code_name(problem.code());
  }
}

std::string text(bool truth);
std::string text(const std::optional<int>& number);
std::string text(const std::vector<std::string>& list);  ///< "[a, b]"

/// For failures only: nothing that works ever waits so long.
inline constexpr std::chrono::seconds patience{60};

/// A byte that comes; throws at the end of file.
void await_byte(int fd);
void send_byte(int fd);

/// A target that has nothing to do.
void nothing();
/// What a process that is held does: says that it is there, and stays until it is told to go, or its parent has gone.
void stay(int up, int go);

/// A child that is there, and stays until it is told to go.
class Held {
 public:
  using Target = void (*)(int up, int go);
  explicit Held(StartMethod method, ProcessOptions more = {}, Target target = stay);

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

}  // namespace brood::scenario
