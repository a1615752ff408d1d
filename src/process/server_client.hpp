// SPDX-License-Identifier: MIT
// Children that a fork server makes for this process.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "os/clock.hpp"
#include "os/fd.hpp"
#include "process/server_link.hpp"
#include "process/start.hpp"

namespace brood::process {

/// One fork server at a time, and whoever asks it for children. May be used by any number of threads.
class ServerClient {
 public:
  /// Makes a server when one is needed; throws if it cannot.
  using Make = std::function<std::unique_ptr<ServerLink>()>;
  explicit ServerClient(Make make) : make_(std::move(make)) {}

  Born start(const Order& order);
  /// Empty if there is none that lives.
  std::optional<pid_t> pid();
  /// False if there was none.
  bool stop();

 private:
  enum class Late { come, all };
  void take_in_late(Late which);                                       // with the lock
  void send(const std::string& request, std::span<const int> fds);     // the same
  bool await_answer(int channel, std::chrono::milliseconds patience);  // without it

  const Make make_;
  std::mutex mutex_;  // for all below
  std::unique_ptr<ServerLink> link_;
  std::vector<os::Fd> late_children_;  // channels of children that did not come in time
};

/// Executes a fresh image of this program that is a server.
std::unique_ptr<ServerLink> execute_server();

}  // namespace brood::process
