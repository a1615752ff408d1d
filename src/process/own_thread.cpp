// SPDX-License-Identifier: MIT
#include "process/own_thread.hpp"

#include <utility>

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

OwnThread::OwnThread(std::function<void()> work) {
  const os::SignalBlock block;  // a new thread has the mask of its maker
  thread_ = std::thread(std::move(work));
  count(1);
}

void OwnThread::join() {
  thread_.join();
  count(static_cast<std::size_t>(-1));
}

}  // namespace brood::process
