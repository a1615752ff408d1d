// SPDX-License-Identifier: MIT
// A thread that brood keeps in somebody else's program: it never handles a signal, and is known to those who fork.
#pragma once

#include <functional>
#include <thread>

namespace brood::process {

/// A thread on which no signal of the program is ever handled. Throws brood::Error.
std::thread start_thread(std::function<void()> work);

class OwnThread {
 public:
  OwnThread() = default;
  explicit OwnThread(std::function<void()> work);  // throws brood::Error
  bool is_there() const noexcept { return thread_.joinable(); }
  void join();

 private:
  std::thread thread_;
};

}  // namespace brood::process
