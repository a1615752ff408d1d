// SPDX-License-Identifier: MIT
// Jobs whose monitors are killed under the eyes of a guard.
#pragma once

#include "control/client.hpp"
#include "store/job_dir.hpp"
#include "support/server.hpp"

namespace brood::test {

/// A job of the fork server that does `before`, says "up", stays until the hold is opened, and then does `after`.
inline JobSpec guarded(const Jobs& jobs, const Words& before = {}, const Words& after = {}) {
  JobSpec spec = jobs.staying(before, StartMethod::forkserver);
  spec.target.insert(spec.target.end(), after.begin(), after.end());
  return spec;
}

/// Kills the monitor of a job, and waits until the server keeps that job.
inline JobInfo lose_monitor(Jobs& jobs, JobId id) {
  const pid_t server = jobs.registry.fork_server().pid;
  kill_process(jobs.registry.info(id).monitor_pid);
  return jobs.await(id, [server](const JobInfo& info) { return info.monitor_pid == server; });
}

}  // namespace brood::test
