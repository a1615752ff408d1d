// SPDX-License-Identifier: MIT
#include "process/lasting_thread.hpp"

#include <exception>
#include <thread>

#include "brood/error.hpp"
#include "os/child.hpp"
#include "os/signals.hpp"
#include "process/self.hpp"

namespace brood::process {

// No signal of the program is ever handled on it: a new thread has the mask of its maker.
LastingThread::LastingThread() {
  const os::SignalBlock block;
  try {
    std::thread([this] { serve(); }).detach();
  } catch (const std::system_error& problem) {
    throw Error(problem.code(), "start a thread");
  }
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
