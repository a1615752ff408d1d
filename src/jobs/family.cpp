// SPDX-License-Identifier: MIT
// Jobs as children of jobs and of processes.
#include "store/family.hpp"
#include "jobs/registry_impl.hpp"
#include "os/proc.hpp"
#include "os/process.hpp"

namespace brood {

std::vector<JobInfo> Registry::children(JobId parent) {
  std::vector<JobInfo> found;
  const store::StateDir* state = impl_->find();
  if (!state) return found;
  for (const JobId id : store::children_of(*state, parent)) {
    auto record = jobs::look_at(*state, id);
    if (record && record->info.parent.job == parent) found.push_back(std::move(record->info));
  }
  return found;
}

std::vector<JobInfo> Registry::children_of_caller() {
  const pid_t pid = os::parent_pid();
  const std::uint64_t start_time = os::start_time_of(pid);
  std::vector<JobInfo> found = list();
  std::erase_if(found, [&](const JobInfo& info) {
    return info.parent.job || info.parent.pid != pid || info.parent.start_time != start_time;
  });
  return found;
}

}  // namespace brood
