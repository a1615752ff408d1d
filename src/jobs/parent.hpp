// SPDX-License-Identifier: MIT
// Whose child a new job is, and what that means for it.
#pragma once

#include <optional>
#include <string>

#include "brood/job_info.hpp"
#include "brood/job_spec.hpp"
#include "brood/registry.hpp"
#include "os/fd.hpp"

namespace brood::jobs {

struct Parentage {
  Parent parent;
  std::string identity;  // of the parent job; empty if it has none
  bool daemon = false;
  os::Fd pidfd;  // of the process that a daemonic job is not to outlive
};

/// The job around the caller, as long as there is one: what a shell has in its environment may be long forgotten.
std::optional<JobInfo> outer_job(Registry& registry);

/// Throws Errc::daemonic_child, for a job that would be launched from within a daemonic one.
void refuse_in_daemon(const std::optional<JobInfo>& outer, const std::string& doing);

/// `is_launched`: now, not later on; only then is there a pidfd. Throws Errc::parent_gone, no_such_job, ambiguous_job.
Parentage parentage_of(Registry& registry, const std::optional<JobInfo>& outer, const JobSpec& spec,
                       bool is_launched);

/// For a job that was created earlier, or was launched before.
Parentage recorded_parentage(const JobInfo& info);

}  // namespace brood::jobs
