// SPDX-License-Identifier: MIT
// The program that tests launch. Its arguments are a little script, done from left to right:
//
//   probe say REPORTS ready hold GATE exit 3
//   probe fork [ setsid say REPORTS grandchild hold GATE ] say REPORTS child hold GATE
//
// It never waits for time to pass, and never outlives the test that launched it: a gate opens when the test goes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace probe {

/// The words of a script, and how far it is done.
class Script {
 public:
  explicit Script(std::vector<std::string> words) : words_(std::move(words)) {}

  bool is_done() const { return at_ >= words_.size(); }
  const std::string& next();
  int number() { return std::stoi(next()); }
  /// What stands between the "[" that comes next and its "]".
  std::vector<std::string> block();

 private:
  std::vector<std::string> words_;
  std::size_t at_ = 0;
};

void run(Script script);

/// Each does `word` if it is one of its own.
bool do_meeting(std::string_view word, Script& script);
bool do_process(std::string_view word, Script& script);
bool do_signal(std::string_view word, Script& script);
bool do_report(std::string_view word, Script& script);

/// Opens the gates that the script will come to, before it says anything: a gate that is opened in between is then
/// seen as open.
void open_gates(const std::vector<std::string>& words);

/// Writes "TEXT PID" as one line to a FIFO. Async-signal-safe.
void say(int fd, const char* text) noexcept;
/// A FIFO for `say`; ends this process if nobody reads it.
int open_reports(const std::string& path);

[[noreturn]] void give_up(const std::string& why);

}  // namespace probe
