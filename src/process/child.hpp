// SPDX-License-Identifier: MIT
// One child of this program, from the making of its object to close(). Process objects share it with the list of
// children, so that a child is reaped, and its status kept, whatever becomes of the object. May be used by any number of
// threads; whoever waits does so without the lock.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "brood/exit_status.hpp"
#include "brood/process.hpp"
#include "brood/process_options.hpp"
#include "os/clock.hpp"
#include "os/fd.hpp"
#include "process/birth.hpp"
#include "process/own_fd.hpp"

namespace brood::process {

class ServerClient;

/// A child as start() has made it.
struct Born {
  pid_t pid = 0;
  os::Fd pidfd;
};

/// Who runs the child's target: nobody but the object itself knows an overridden run().
struct Runner {
  std::function<int()> run;
  bool is_overridden = false;
};

class Child : public std::enable_shared_from_this<Child> {
 public:
  explicit Child(ProcessOptions options);

  /// As Process::start(). A `server` of its caller's own, if there is one, makes the child.
  void start(const Runner& runner, ServerClient* server = nullptr);
  /// Runs the target in this process: in the child, or where run() is called directly.
  int run_target();

  /// False if the deadline passed first. The checks of join().
  bool await_end(const os::Deadline& deadline);
  /// Of a child that was started: has it ended? Reaps it. Throws nothing but what the system says.
  bool has_ended();
  bool is_alive();
  std::optional<ExitStatus> exit_status();
  bool exit_unknown();
  ProcessState state();

  /// False if it has ended.
  bool signal(int number);
  bool terminate(std::chrono::milliseconds grace);
  void close();

  std::string name() const;
  void set_name(std::string_view name);
  bool daemon() const;
  void set_daemon(bool daemon);
  std::optional<pid_t> pid() const;
  pid_t parent() const noexcept { return creator_; }
  const std::vector<int>& identity() const noexcept { return identity_; }
  StartMethod start_method() const;
  ProcessKey authkey() const;
  void set_authkey(const ProcessKey& key);
  int sentinel() const;
  int pipe_end(int stream) const;
  void close_input();
  std::string description();

  OnDestroy on_destroy() const;
  std::chrono::milliseconds grace() const noexcept { return options_.grace; }

 private:
  enum class Phase { initial, starting, started, ended, closed };

  void check_open(const char* doing) const;     // with the lock
  void check_parent(const char* doing) const;   // the same
  void check_started(const char* doing) const;  // the same
  void begin_start(const char* doing);
  Born launch(const Runner& runner, StartMethod method, ServerClient* server);
  void keep(Born born, StartMethod method);
  Birth birth(StartMethod method) const;
  /// Has it ended? Then it is reaped, and taken from the list of children, of which it must not be the last owner.
  bool look();            // with the lock
  bool send(int number);  // with the lock
  std::string called(const char* doing) const;

  const pid_t creator_;
  const std::vector<int> identity_;
  ProcessOptions options_;

  mutable std::mutex mutex_;  // for all below, and what of the options may change
  Phase phase_ = Phase::initial;
  ProcessKey key_;
  std::optional<StartMethod> method_;  // that was used
  pid_t pid_ = 0;
  std::shared_ptr<const os::Fd> pidfd_;  // shared with those who wait
  std::optional<ExitStatus> status_;     // empty when ended: nobody can know
  OwnFd pipes_[3];
};

}  // namespace brood::process
