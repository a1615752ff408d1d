// SPDX-License-Identifier: MIT
#pragma once

#include <iostream>

#include "brood/registry.hpp"
#include "os/file.hpp"
#include "os/poll.hpp"
#include "os/watch.hpp"
#include "support/failure.hpp"
#include "support/probe.hpp"
#include "support/rendezvous.hpp"
#include "support/temp_dir.hpp"

namespace brood::test {

/// A state directory of its own, and places for its jobs to report and to stay at.
struct Jobs {
  TempStateDir temp;
  Registry registry{temp.path()};
  Reports reports{temp.outside()};
  Hold hold{temp.outside()};

  Jobs() = default;
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;
  /// Lets go all that is held, and ends the fork server that a case may have made. One that keeps a job itself stays
  /// until that is over, which is now.
  ~Jobs() {
    hold.open();
    try {
      (void)registry.stop_fork_server(true);
    } catch (const std::exception& problem) {
      std::cerr << "the fork server of the case cannot be stopped: " << problem.what() << std::endl;
    }
  }

  /// A job that says "up" and stays until the hold is opened.
  JobSpec staying(const Words& before = {}) const {
    Words script = before;
    for (const std::string& word :
         {std::string("say"), reports.path(), std::string("up"), std::string("hold"), hold.path()})
      script.push_back(word);
    return probe_job(script);
  }
  JobSpec staying(const Words& before, StartMethod method) const {
    JobSpec spec = staying(before);
    spec.method = method;
    return spec;
  }
  JobInfo run_to_end(const JobSpec& spec) { return *registry.join(registry.start(spec)); }
  /// What a job wrote, once it has ended.
  std::string output_of(const JobSpec& spec) { return contents_of(run_to_end(spec).stdout_log); }

  /// Names in the directory of a job, or of all jobs; none if there is no such directory.
  std::vector<std::string> files(const std::string& below = "jobs") const {
    const auto dir = os::find_at(os::current_directory(), temp / below, os::Open::directory);
    return dir ? os::names_in(dir->get()) : std::vector<std::string>{};
  }

  /// Blocks until the record of a job looks as it should.
  template <class Condition>
  JobInfo await(JobId id, Condition&& is_so) {
    os::Watch watch;
    if (!watch.add(temp / ("jobs/" + std::to_string(id))))
      throw std::runtime_error("the job cannot be watched");
    for (;;) {
      JobInfo info = registry.info(id);
      if (is_so(info)) return info;
      await_ready(watch.fd());
      watch.drain();
    }
  }
};

}  // namespace brood::test
