// SPDX-License-Identifier: MIT
// A wall clock that is set while jobs run. This program has one of its own, which its forks share with it.
#include <doctest/doctest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

#include "support/family.hpp"
#include "support/guard.hpp"

namespace {

std::atomic<long>* offset_of_clock() {
  static auto* offset = static_cast<std::atomic<long>*>(
      ::mmap(nullptr, sizeof(std::atomic<long>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  return offset;
}

}  // namespace

// In place of the C library's, for all of this program and what it is linked with.
extern "C" [[gnu::visibility("default")]] int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const long result = ::syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += *offset_of_clock();
  return static_cast<int>(result);
}

namespace {

using namespace brood;
using namespace brood::test;
using namespace std::chrono_literals;

constexpr long hour = 3600;

class SetClock {
 public:
  explicit SetClock(long seconds) { *offset_of_clock() = seconds; }
  ~SetClock() { *offset_of_clock() = 0; }
  SetClock(const SetClock&) = delete;
  SetClock& operator=(const SetClock&) = delete;
};

TEST_CASE("the clock of this program can be set") {
  const auto before = std::chrono::system_clock::now();
  const SetClock forward(2 * hour);
  CHECK(std::chrono::system_clock::now() - before > 1h);
}

// Its monitor has looked at its deadlines when it has answered.
void look_at_deadlines(Jobs& jobs, JobId id) { jobs.registry.rename(id, "looked"); }

TEST_CASE("a clock that is set forward ends no job before its time") {
  Jobs jobs;
  JobSpec spec = jobs.staying();
  spec.timeout = 1h;
  const JobId id = jobs.registry.start(spec);
  const SetClock forward(2 * hour);
  look_at_deadlines(jobs, id);
  CHECK(jobs.registry.info(id).state == JobState::running);
  lose_monitor(jobs, id);
  look_at_deadlines(jobs, id);
  CHECK(jobs.registry.info(id).state == JobState::running);
  jobs.hold.open();
  CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(0));
}

TEST_CASE("a clock that is set back makes no time limit longer") {
  for (const bool is_adopted : {false, true}) {
    CAPTURE(is_adopted);
    Jobs jobs;
    JobSpec spec = jobs.staying();
    spec.timeout = is_adopted ? 1s : 10ms;
    const JobId id = jobs.registry.start(spec);
    const SetClock back(-2 * hour);
    if (is_adopted) kill_process(jobs.registry.info(id).monitor_pid);
    const auto info = jobs.registry.join(id);
    CHECK(info->reason == "timeout");
    CHECK(info->exit_status == ExitStatus::signalled(SIGTERM, false));
  }
}

TEST_CASE("no wait is longer or shorter for it") {
  Jobs jobs;
  const JobId id = jobs.registry.start(jobs.staying());
  for (const long jump : {2 * hour, -2 * hour}) {
    Child sets([jump](int) {
      *offset_of_clock() = jump;
      return 0;
    });
    const auto before = std::chrono::steady_clock::now();
    CHECK(!jobs.registry.join(id, 50ms));
    CHECK(std::chrono::steady_clock::now() - before >= 50ms);
    sets.wait();
    *offset_of_clock() = 0;
  }
}

}  // namespace
