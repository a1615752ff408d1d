// SPDX-License-Identifier: MIT
// One worker, seen from the pool.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pool/batch.hpp"
#include "pool/message.hpp"
#include "process/child.hpp"
#include "process/own_fd.hpp"

namespace brood::pool {

/// A task of a batch, from its call number `first` on.
struct Assignment {
  std::shared_ptr<Batch> batch;
  std::size_t first = 0;
  Task task;

  /// From its call number `done` on, counted from the first.
  void fail(const Failure& why, std::size_t done = 0) const;
};

class Worker {
 public:
  Worker(std::shared_ptr<process::Child> child, process::OwnFd channel);

  const std::shared_ptr<process::Child>& child() const noexcept { return child_; }
  bool is_ready() const noexcept { return is_ready_; }
  bool is_idle() const noexcept { return is_ready_ && !current_ && channel_; }
  std::size_t tasks() const noexcept { return tasks_; }

  /// For one that is idle.
  void give(Assignment assignment);
  /// It leaves when it has done what it has.
  void let_go() noexcept;

  /// Descriptors to poll for, and what to do when one of them is ready.
  short wanted_events() const noexcept;
  int channel() const noexcept { return channel_.get(); }
  int sentinel() const { return child_->sentinel(); }
  /// Sends and receives what can be now. Throws nothing that is not the system's fault; a worker that cannot be
  /// understood is killed.
  void exchange();

  /// After its end has been seen: fails the call that it was at, and returns those that it had not begun.
  std::optional<Assignment> bury();
  /// What it is at fails.
  void abandon(const Failure& why) const;
  /// Before it was ready, what went wrong in its initializer.
  const std::string& init_problem() const noexcept { return init_problem_; }
  /// "worker 'PoolWorker-1' (pid 123) was killed by SIGKILL"
  std::string end_text() const;

 private:
  void take(const Report& report);
  void close_if_done() noexcept;
  void cut_off();

  std::shared_ptr<process::Child> child_;
  process::OwnFd channel_;  // closed: it leaves, or cannot be understood
  std::string outgoing_, incoming_;
  bool is_ready_ = false;
  bool is_to_leave_ = false;
  bool is_cut_off_ = false;
  std::size_t tasks_ = 0;  // that it was given
  std::optional<Assignment> current_;
  std::size_t done_ = 0;  // calls of it
  std::string init_problem_;
};

}  // namespace brood::pool
