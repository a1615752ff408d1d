// SPDX-License-Identifier: MIT
#include "process/own_thread.hpp"

#include <utility>

#include "brood/error.hpp"
#include "os/signals.hpp"
#include "process/self.hpp"

namespace brood::process {
namespace {

void count(std::size_t change) {
  Self& me = self();
  const std::lock_guard lock(me.mutex);
  me.own_threads += change;
}

}  // namespace

std::thread start_thread(std::function<void()> work) {
  const os::SignalBlock block;  // a new thread has the mask of its maker
  try {
    return std::thread(std::move(work));
  } catch (const std::system_error& problem) {
    throw Error(problem.code(), "start a thread");
  }
}

OwnThread::OwnThread(std::function<void()> work) : thread_(start_thread(std::move(work))) { count(1); }

void OwnThread::join() {
  thread_.join();
  count(static_cast<std::size_t>(-1));
}

}  // namespace brood::process
