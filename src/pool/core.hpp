// SPDX-License-Identifier: MIT
// A pool behind its object: the queue, which any thread adds to, and the thread that has the workers.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "brood/pool.hpp"
#include "os/clock.hpp"
#include "os/notifier.hpp"
#include "pool/crew.hpp"
#include "pool/worker.hpp"
#include "process/own_thread.hpp"

namespace brood::pool {

class Core {
 public:
  /// Starts the workers and the thread. An unfinished pool is terminated before the program's children are.
  static std::shared_ptr<Core> start(const PoolOptions& options);
  explicit Core(const PoolOptions& options);

  pid_t owner() const noexcept { return owner_; }
  std::shared_ptr<Batch> submit(const std::string& function, const std::vector<Arguments>& calls,
                                std::size_t chunk, bool is_list);
  void close();
  void terminate();
  /// False if the deadline passed first.
  bool join(const os::Deadline& deadline);

 private:
  enum class State { open, closed, terminated, broken };

  void check_process(const char* doing) const;
  void run() noexcept;
  bool turn();
  State hand_out();

  const pid_t owner_;
  const std::size_t wanted_;
  Crew crew_;  // of the thread, once that runs
  os::Notifier changed_;
  std::uint64_t hook_ = 0;

  std::mutex mutex_;  // for all below
  std::condition_variable over_;
  State state_ = State::open;
  bool is_over_ = false;
  std::deque<Assignment> queue_;
  Failure problem_;  // why it is broken

  process::OwnThread thread_;
};

}  // namespace brood::pool
