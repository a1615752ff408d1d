// SPDX-License-Identifier: MIT
// Jobs whose monitors are killed under the eyes of a guard.
#pragma once

#include "control/client.hpp"
#include "os/file.hpp"
#include "store/job_dir.hpp"
#include "support/child.hpp"
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

/// Says the exit code of a job, or its state, once that is over.
inline Child waiter(Jobs& jobs, JobId id) {
  Child child([&jobs, id](int output) {
    os::close_all_but(3, &output, 1);  // it keeps no hold shut
    std::string words;
    WaitNews news{[&](const JobInfo& info) {
      words = info.exit_status ? std::to_string(info.exit_status->exitcode())
                               : std::string(to_string(info.state));
    }};
    bool is_waiting = false;
    news.tick = [&](std::size_t) {
      if (!std::exchange(is_waiting, true)) write_byte(output);
    };
    (void)Registry(jobs.temp.path()).wait({id}, {}, news);
    os::write_all(output, words);
    return 0;
  });
  (void)read_byte(child.output());
  return child;
}

}  // namespace brood::test
