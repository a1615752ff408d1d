// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "control/message.hpp"
#include "os/clock.hpp"
#include "os/fd.hpp"

namespace brood::control {

/// One request to a job's monitor.
class Client {
 public:
  /// Empty if nobody listens.
  static std::optional<Client> connect(int dir, const std::string& dir_path, const std::string& name);

  void send(const Request& request);
  /// The next answer; empty when the deadline passed or the monitor has closed the connection.
  std::optional<Answer> answer(const os::Deadline& deadline = {});

 private:
  explicit Client(os::Fd socket) : socket_(std::move(socket)) {}
  os::Fd socket_;
  std::string received_;
};

}  // namespace brood::control
