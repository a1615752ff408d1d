// SPDX-License-Identifier: MIT
// Places where a test and the processes it has started meet. Nothing here waits for time to pass: the watchdog is there
// for failures only.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "os/fd.hpp"
#include "support/temp_dir.hpp"

namespace brood::test {

inline constexpr std::chrono::seconds watchdog{20};

/// Blocks until `fd` is readable or hung up; throws when the watchdog barks.
void await_ready(int fd);

/// Two connected ends.
struct Pipe {
  os::Fd read;
  os::Fd write;
};
Pipe make_pipe();

/// Everything up to the end of file.
std::string read_to_end(int fd);
/// Exactly one byte; throws at the end of file.
char read_byte(int fd);
void write_byte(int fd, char byte = '.');

/// A process that has reported itself, held by a descriptor so that its number cannot come to mean another.
class Reported {
 public:
  Reported(pid_t pid, std::string text);
  pid_t pid() const noexcept { return pid_; }
  const std::string& text() const noexcept { return text_; }
  /// Has it ended?
  bool is_gone() const;
  void await_end() const;

 private:
  pid_t pid_;
  std::string text_;
  os::Fd pidfd_;
};

/// A FIFO to which probes write lines (`say`).
class Reports {
 public:
  explicit Reports(const TempDir& dir, std::string_view name = "reports");
  const std::string& path() const noexcept { return path_; }
  /// Blocks until somebody has said `text`.
  Reported await(const std::string& text);
  /// Has anybody said `text` by now?
  bool heard(const std::string& text);

 private:
  struct Line {
    std::string text;
    pid_t pid;
  };
  void take_in();

  std::string path_;
  os::Fd fd_;
  std::string unfinished_;
  std::vector<Line> lines_;
};

/// A FIFO at which probes stay (`hold`) until it is opened: by open(), by the end of the case, by the test's death.
class Hold {
 public:
  explicit Hold(const TempDir& dir, std::string_view name = "hold");
  const std::string& path() const noexcept { return path_; }
  void open() noexcept { fd_.reset(); }

 private:
  std::string path_;
  os::Fd fd_;
};

}  // namespace brood::test
