// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "control/message.hpp"
#include "os/fd.hpp"
#include "os/poll.hpp"

namespace brood::control {

/// The monitor's side of the control socket. Never blocks and never throws once it listens: a client that misbehaves
/// is dropped.
class Server {
 public:
  using Client = std::uint64_t;  ///< a connection; numbers are not used again

  Server() = default;
  /// Listens on `name` in the directory `dir`.
  Server(int dir, const std::string& dir_path, const std::string& name);

  int listener() const noexcept { return listener_.get(); }
  /// Adds what has to be watched.
  void add_to(std::vector<pollfd>& fds) const;
  /// Requests that have come in, each from its client. Only users with our uid, and root, are heard.
  std::vector<std::pair<Client, Request>> take_requests() noexcept;
  void answer(Client client, const Answer& answer) noexcept;
  void stop_listening() noexcept { listener_.reset(); }

 private:
  struct Connection {
    os::Fd socket;
    std::string received;
  };
  void accept_new();
  bool read_requests(Client client, Connection& connection,
                     std::vector<std::pair<Client, Request>>& requests);

  os::Fd listener_;
  std::map<Client, Connection> connections_;
  Client next_ = 1;
};

}  // namespace brood::control
