// SPDX-License-Identifier: MIT
#include "os/poll.hpp"

#include <sched.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <ctime>

#include "os/fail.hpp"

namespace brood::os {
namespace {

constexpr SteadyTime at_once = SteadyTime::min();

timespec time_left(SteadyTime deadline) {
  if (deadline == at_once) return {};
  using namespace std::chrono;
  const SteadyTime now = steady_now();
  const auto left = std::max(deadline, now) - now;  // in this order, the distance always fits
  const auto whole = duration_cast<seconds>(left);
  return {static_cast<time_t>(whole.count()),
          static_cast<long>(duration_cast<nanoseconds>(left - whole).count())};
}

}  // namespace

bool poll(std::vector<pollfd>& fds, const Deadline& deadline) {
  for (;;) {
    timespec left{};
    if (deadline) left = time_left(*deadline);
    const int ready = ::ppoll(fds.data(), fds.size(), deadline ? &left : nullptr, nullptr);
    if (ready > 0) return true;
    if (ready == 0) return false;
    // The kernel is short of memory for a moment. Whoever polls has nothing else to do, and cannot do without.
    if (errno == ENOMEM)
      ::sched_yield();
    else if (errno != EINTR)
      fail("wait for descriptors");
  }
}

Fd ready_fd() {
  Fd fd(::eventfd(1, EFD_CLOEXEC));
  if (!fd) fail("make an event descriptor");
  return fd;
}

bool await_ready(int fd, const Deadline& deadline) {
  std::vector<pollfd> one{{fd, POLLIN, 0}};
  return poll(one, deadline);
}

bool is_ready(int fd) { return await_ready(fd, at_once); }

bool is_hung_up(int fd) {
  std::vector<pollfd> one{{fd, 0, 0}};
  return poll(one, at_once);
}

}  // namespace brood::os
