// SPDX-License-Identifier: MIT
// The workers of a pool: as many as wanted, one for each that has gone. Of one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "brood/pool.hpp"
#include "os/clock.hpp"
#include "pool/worker.hpp"
#include "process/server_client.hpp"

namespace brood::pool {

class Crew {
 public:
  Crew(const PoolOptions& options, std::size_t wanted);

  /// Starts what is missing. Throws when one cannot be started.
  void fill();
  /// The same; a failure counts as one in a row, and is tried again a little later.
  void refill() noexcept;
  bool is_empty() const noexcept { return workers_.empty(); }
  /// Of `initializer`, or of the start, several in a row: it is of no use to go on.
  const Failure& problem() const noexcept { return problem_; }

  /// An idle worker, or null.
  Worker* idle() noexcept;
  void let_all_go() noexcept;
  /// Blocks until a worker or `other` is ready, or it is time to start one again. Returns the calls that workers have
  /// left behind by dying.
  std::vector<Assignment> attend(int other);
  /// What they are at fails because of `why`. SIGTERM, and SIGKILL after the grace time.
  void end(const Failure& why) noexcept;

 private:
  void add();
  void note_failure(Failure why);
  void settle_end(Worker& worker, std::vector<Assignment>& left);

  const PoolOptions options_;
  const StartMethod method_;
  const std::string initializer_;
  const std::size_t wanted_;
  // Under `fork`: what makes the workers, while this program has threads that must not be copied.
  std::unique_ptr<process::ServerClient> copy_;
  std::vector<std::unique_ptr<Worker>> workers_;
  int failures_ = 0;  // in a row
  os::Deadline retry_;
  Failure problem_;
};

}  // namespace brood::pool
