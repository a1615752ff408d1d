// SPDX-License-Identifier: MIT
// What cannot be done for a while, for want of a disk or of descriptors, is done later.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <cstdlib>

#include "support/family.hpp"
#include "support/guard.hpp"
#include "support/sanitizers.hpp"

namespace {

using namespace brood;
using namespace brood::test;

// Of another process, until this goes.
class Limited {
 public:
  Limited(pid_t pid, __rlimit_resource resource, rlim_t most) : pid_(pid), resource_(resource) {
    if (::prlimit(pid_, resource_, nullptr, &before_) != 0) throw std::runtime_error("prlimit");
    set({most, before_.rlim_max});
  }
  ~Limited() { set(before_); }
  Limited(const Limited&) = delete;
  Limited& operator=(const Limited&) = delete;

 private:
  void set(const rlimit& limit) const {
    if (::prlimit(pid_, resource_, &limit, nullptr) != 0) std::abort();
  }
  pid_t pid_;
  __rlimit_resource resource_;
  rlimit before_{};
};

// Each write of the process fails meanwhile, as on a disk that is out of order.
struct BrokenDisk : Limited {
  explicit BrokenDisk(pid_t pid) : Limited(pid, RLIMIT_FSIZE, 0) {}
};

TEST_CASE("an end that cannot be recorded is recorded as soon as it can be, and nobody is told before") {
  for (const StartMethod method : all_methods) {
    CAPTURE(to_string(method));
    Jobs jobs;
    const JobId id = jobs.registry.start(guarded(jobs, {}, {"exit", "5"}, method));
    const Reported target = jobs.reports.await("up");
    std::optional<Child> waiting;
    {
      const BrokenDisk broken(jobs.registry.info(id).monitor_pid);
      waiting.emplace(waiter(jobs, id));
      jobs.hold.open();
      target.await_end();
      CHECK(jobs.registry.info(id).state == JobState::running);
    }
    CHECK(waiting->read_output() == "5");
    CHECK(jobs.registry.info(id).exit_status == ExitStatus::exited(5));
  }
}

TEST_CASE("an end that is owed is told of when something else of the job is recorded") {
  Jobs jobs;
  Hold last(jobs.temp.outside(), "last");
  const JobId id = jobs.registry.start(
      guarded(jobs, {"fork", "[", "say", jobs.reports.path(), "child", "hold", last.path(), "]"},
              {"exit", "5"}, StartMethod::fork));
  const Reported child = jobs.reports.await("child");
  const Reported target = jobs.reports.await("up");
  std::optional<Child> waiting;
  {
    const BrokenDisk broken(jobs.registry.info(id).monitor_pid);
    waiting.emplace(waiter(jobs, id));
    jobs.hold.open();
    target.await_end();
    // Signals come before requests: when it has answered, it has tried to record the end.
    CHECK(failure_of([&] { jobs.registry.rename(id, "other"); }).code() == std::errc::io_error);
  }
  last.open();
  child.await_end();
  CHECK(waiting->read_output() == "5");
  CHECK(jobs.registry.info(id).exit_status == ExitStatus::exited(5));
}

TEST_CASE("a new name that cannot be recorded is refused") {
  Jobs jobs;
  const JobId id = jobs.registry.start(jobs.staying());
  const std::string before = jobs.registry.info(id).name;
  {
    const BrokenDisk broken(jobs.registry.info(id).monitor_pid);
    CHECK(failure_of([&] { jobs.registry.rename(id, "other"); }).code() == std::errc::io_error);
  }
  CHECK(jobs.registry.info(id).name == before);
  CHECK(failure_of([&] { (void)jobs.registry.find("other"); }).code() == Errc::no_such_job);
}

TEST_CASE("a job that its guard cannot take over for want of descriptors is taken over later" *
          doctest::skip(under_address_sanitizer)) {
  for (const StartMethod method : all_methods) {
    CAPTURE(to_string(method));
    Jobs jobs;
    const JobId id = jobs.registry.start(guarded(jobs, {}, {"exit", "5"}, method));
    const Reported target = jobs.reports.await("up");
    const pid_t guard = guard_of(jobs, id);
    {
      const Limited none(guard, RLIMIT_NOFILE, 3);  // fewer it could not even poll
      kill_process(jobs.registry.info(id).monitor_pid);
      jobs.hold.open();
      target.await_end();
    }
    CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(5));
  }
}

}  // namespace
