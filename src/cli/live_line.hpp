// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>

#include "cli/globals.hpp"

namespace brood::cli {

/// One line on stderr that says how long what has been waited for; only on a terminal, and gone afterwards.
class LiveLine {
 public:
  explicit LiveLine(const Globals& globals);
  ~LiveLine() { clear(); }
  LiveLine(const LiveLine&) = delete;
  LiveLine& operator=(const LiveLine&) = delete;

  /// What `Registry::wait` calls each second; empty where no line is wanted.
  std::function<void(std::size_t)> ticker();
  void clear();

 private:
  void show(std::size_t left);

  bool is_wanted_;
  bool is_shown_ = false;
  std::chrono::steady_clock::time_point began_;
};

}  // namespace brood::cli
