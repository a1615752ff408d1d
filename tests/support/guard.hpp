// SPDX-License-Identifier: MIT
// Jobs whose monitors are killed under the eyes of a guard.
#pragma once

#include <csignal>

#include "control/client.hpp"
#include "os/file.hpp"
#include "os/proc.hpp"
#include "store/job_dir.hpp"
#include "support/child.hpp"
#include "support/server.hpp"

namespace brood::test {

/// A job that does `before`, says "up", stays until the hold is opened, and then does `after`. Its guard is the fork
/// server, or under another start method a process of its own.
inline JobSpec guarded(const Jobs& jobs, const Words& before = {}, const Words& after = {},
                       StartMethod method = StartMethod::forkserver) {
  JobSpec spec = jobs.staying(before, method);
  spec.target.insert(spec.target.end(), after.begin(), after.end());
  return spec;
}

/// The process that takes over when the monitor of a job is killed.
inline pid_t guard_of(Jobs& jobs, JobId id) {
  return os::process_stat(jobs.registry.info(id).monitor_pid).value().parent;
}

/// The monitor of a job stopped, and its guard, which would continue it, until this goes.
class Frozen {
 public:
  Frozen(Jobs& jobs, JobId id) : monitor_(jobs.registry.info(id).monitor_pid), guard_(guard_of(jobs, id)) {
    freeze(guard_);
    freeze(monitor_);
  }
  ~Frozen() {
    for (const pid_t pid : {monitor_, guard_}) (void)::kill(pid, SIGCONT);
  }
  Frozen(const Frozen&) = delete;
  Frozen& operator=(const Frozen&) = delete;

 private:
  pid_t monitor_, guard_;
};

/// Kills the monitor of a job, and waits until its guard keeps that job.
inline JobInfo lose_monitor(Jobs& jobs, JobId id) {
  const pid_t guard = guard_of(jobs, id);
  kill_process(jobs.registry.info(id).monitor_pid);
  return jobs.await(id, [guard](const JobInfo& info) { return info.monitor_pid == guard; });
}

/// Kills both; the guard first, so that it takes nothing over.
inline void lose_keepers(Jobs& jobs, JobId id) {
  const pid_t monitor = jobs.registry.info(id).monitor_pid;
  kill_process(guard_of(jobs, id));
  kill_process(monitor);
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
