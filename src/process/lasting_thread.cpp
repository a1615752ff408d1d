// SPDX-License-Identifier: MIT
#include "process/lasting_thread.hpp"

#include <exception>

#include "os/child.hpp"
#include "process/own_thread.hpp"
#include "process/self.hpp"

namespace brood::process {

LastingThread::LastingThread() {
  start_thread([this] { serve(); }).detach();
}

void LastingThread::serve() {
  for (std::unique_lock lock(mutex_);;) {
    changed_.wait(lock, [this] { return work_ != nullptr; });
    (*work_)();
    work_ = nullptr;
    changed_.notify_all();
  }
}

void LastingThread::run(const std::function<void()>& work) {
  const std::lock_guard turn(turn_);
  std::exception_ptr problem;
  const std::function<void()> guarded = [&] {
    try {
      work();
    } catch (...) {
      problem = std::current_exception();
    }
  };
  std::unique_lock lock(mutex_);
  work_ = &guarded;
  changed_.notify_all();
  changed_.wait(lock, [&] { return work_ != &guarded; });
  if (problem) std::rethrow_exception(problem);
}

void on_lasting_thread(const std::function<void()>& work) {
  if (os::is_main_thread()) return work();
  LastingThread* thread = nullptr;
  {
    Self& me = self();
    const std::lock_guard lock(me.mutex);
    // Never destroyed: it is detached, and may be at work when the process ends.
    if (!me.lasting_thread) {
      me.lasting_thread = new LastingThread;
      ++me.own_threads;
    }
    thread = me.lasting_thread;
  }
  thread->run(work);
}

}  // namespace brood::process
