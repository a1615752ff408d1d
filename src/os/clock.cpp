// SPDX-License-Identifier: MIT
#include "os/clock.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

namespace brood::os {
namespace {

// Most processes here ask once or twice in their lives. Then a system call costs less than the pages of the vDSO, which
// every process has to map anew.
template <class Clock>
typename Clock::time_point now(clockid_t id) {
  if constexpr (sizeof(long) < 8)
    return Clock::now();  // there the system call's idea of a timespec may be another
  using namespace std::chrono;
  timespec time{};
  (void)::syscall(SYS_clock_gettime, id, &time);  // these two clocks are everywhere
  return typename Clock::time_point(
      duration_cast<typename Clock::duration>(seconds(time.tv_sec) + nanoseconds(time.tv_nsec)));
}

}  // namespace

SteadyTime steady_now() { return now<std::chrono::steady_clock>(CLOCK_MONOTONIC); }

SteadyTime later(SteadyTime time, std::chrono::milliseconds duration) {
  constexpr std::chrono::hours longest{24 * 365 * 100};
  return time + std::clamp<std::chrono::milliseconds>(duration, -longest, longest);
}

WallTime wall_now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(
      now<std::chrono::system_clock>(CLOCK_REALTIME));
}

Deadline earlier(const Deadline& a, const Deadline& b) { return a && b ? std::min(*a, *b) : a ? a : b; }

Deadline deadline_after(std::optional<std::chrono::milliseconds> timeout) {
  if (!timeout) return std::nullopt;
  return later(steady_now(), *timeout);
}

}  // namespace brood::os
