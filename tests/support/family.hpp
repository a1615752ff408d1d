// SPDX-License-Identifier: MIT
// Processes that jobs can be tied to, and callers that are inside a job.
#pragma once

#include <unistd.h>

#include <cstdlib>

#include "support/child.hpp"
#include "support/jobs.hpp"

namespace brood::test {

constexpr StartMethod all_methods[] = {StartMethod::fork, StartMethod::spawn, StartMethod::forkserver};

/// A process that stays until it is told to exit, or killed.
class Stayer {
 public:
  explicit Stayer(Jobs& jobs) : Stayer(jobs, [] { return 0; }) {}
  /// What it does when it is told, then its exit status.
  Stayer(Jobs& jobs, const std::function<int()>& last)
      : pipe_(make_pipe()), child_([&](int) {
          jobs.hold.open();
          pipe_.write.reset();
          (void)read_byte(pipe_.read.get());
          return last();
        }) {}

  pid_t pid() const noexcept { return child_.pid(); }
  std::string reference() const { return "pid:" + std::to_string(pid()); }
  void exit() {
    tell();
    (void)child_.wait();
  }
  void tell() { write_byte(pipe_.write.get()); }
  void kill() {
    child_.kill();
    (void)child_.wait();
  }
  Child& process() noexcept { return child_; }

 private:
  Pipe pipe_;
  Child child_;
};

/// A daemonic job that says "up" and stays.
inline JobSpec daemonic(const Jobs& jobs, const std::string& parent, StartMethod method = StartMethod::fork,
                        const Words& before = {}) {
  JobSpec spec = jobs.staying(before, method);
  spec.daemon = true;
  spec.parent = parent;
  return spec;
}

/// Does `body` in a process that belongs to a job, as far as that can be seen from its environment.
inline std::string inside(Jobs& jobs, JobId outer, const std::function<std::string(Registry&)>& body) {
  Child child([&](int output) {
    jobs.hold.open();
    ::setenv("BROOD_JOB", std::to_string(outer).c_str(), 1);
    ::setenv("BROOD_STATE_DIR", jobs.temp.path().c_str(), 1);
    Registry registry(jobs.temp.path());
    std::string words;
    try {
      words = body(registry);
    } catch (const Error& problem) {
      words = error_code_name(problem.code());
    }
    os::write_all(output, words);
    return 0;
  });
  const std::string words = child.read_output();
  (void)child.wait();
  return words;
}

inline JobId started_inside(Jobs& jobs, JobId outer, const JobSpec& spec) {
  return std::stoll(
      inside(jobs, outer, [&](Registry& registry) { return std::to_string(registry.start(spec)); }));
}

}  // namespace brood::test
