// SPDX-License-Identifier: MIT
// Jobs as children of jobs and of processes.
#include "store/family.hpp"

#include <set>

#include "jobs/inside.hpp"
#include "jobs/registry_impl.hpp"
#include "os/proc.hpp"
#include "os/process.hpp"

namespace brood {

std::vector<JobInfo> Registry::children(JobId parent) {
  std::vector<JobInfo> found;
  const store::StateDir* state = impl().find();
  if (!state) return found;
  for (const JobId id : store::children_of(*state, parent)) {
    auto record = jobs::look_at(*state, id);
    if (record && record->info.parent.job == parent) found.push_back(std::move(record->info));
  }
  return found;
}

std::vector<JobInfo> Registry::children_of_caller() {
  if (const auto self = jobs::surrounding_job(path())) return children(info(*self).id);
  const pid_t pid = os::parent_pid();
  const std::uint64_t start_time = os::start_time_of(pid);
  std::vector<JobInfo> found = list();
  std::erase_if(found, [&](const JobInfo& info) {
    return info.parent.job || info.parent.pid != pid || info.parent.start_time != start_time;
  });
  return found;
}

std::vector<JobInfo> Registry::with_descendants(std::vector<JobInfo> jobs) {
  std::set<JobId> known;
  std::erase_if(jobs, [&](const JobInfo& info) { return !known.insert(info.id).second; });
  for (std::size_t i = 0; i < jobs.size(); ++i)
    for (JobInfo& child : children(jobs[i].id))
      if (known.insert(child.id).second) jobs.push_back(std::move(child));
  return jobs;
}

}  // namespace brood
