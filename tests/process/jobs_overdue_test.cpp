// SPDX-License-Identifier: MIT
// Records that cannot be written for a while.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include "support/family.hpp"
#include "support/guard.hpp"

namespace {

using namespace brood;
using namespace brood::test;

// Each write of the process fails meanwhile, as on a disk that is out of order.
class BrokenDisk {
 public:
  explicit BrokenDisk(pid_t pid) : pid_(pid) { set(0); }
  ~BrokenDisk() { set(RLIM_INFINITY); }
  BrokenDisk(const BrokenDisk&) = delete;
  BrokenDisk& operator=(const BrokenDisk&) = delete;

 private:
  void set(rlim_t most) const {
    const rlimit limit{most, RLIM_INFINITY};
    if (::prlimit(pid_, RLIMIT_FSIZE, &limit, nullptr) != 0) throw std::runtime_error("prlimit");
  }
  pid_t pid_;
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

}  // namespace
