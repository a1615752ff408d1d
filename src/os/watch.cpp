// SPDX-License-Identifier: MIT
#include "os/watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include "os/poll.hpp"

namespace brood::os {

Watch::Watch() noexcept : fd_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {}

bool Watch::add(const std::string& path) noexcept {
  return ::inotify_add_watch(fd_.get(), path.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF) >=
         0;
}

bool Watch::add_close(const std::string& path) noexcept {
  return ::inotify_add_watch(fd_.get(), path.c_str(), IN_CLOSE_WRITE) >= 0;
}

void Watch::wait(const Deadline& deadline) {
  (void)await_ready(fd_.get(), deadline);
  drain();
}

void Watch::drain() noexcept {
  char events[4096];
  while (::read(fd_.get(), events, sizeof events) > 0) {
  }
}

}  // namespace brood::os
