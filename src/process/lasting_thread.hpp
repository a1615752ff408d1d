// SPDX-License-Identifier: MIT
// A death signal comes when the *thread* ends that made the child. So children that are to have one are made by a thread
// that lasts as long as the process: the main thread, or one that is kept for this.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

namespace brood::process {

class LastingThread {
 public:
  LastingThread();
  void run(const std::function<void()>& work);

 private:
  void serve();
  std::mutex turn_;  // one caller at a time
  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void()>* work_ = nullptr;
};

/// Runs `work` on a lasting thread, this one if it is one; throws what it throws.
void on_lasting_thread(const std::function<void()>& work);

}  // namespace brood::process
