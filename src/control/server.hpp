// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/auth.hpp"
#include "control/message.hpp"
#include "os/clock.hpp"
#include "os/fd.hpp"
#include "os/poll.hpp"

namespace brood::control {

/// Who has not proved by then that it has the key is dropped.
inline constexpr std::chrono::seconds handshake_time{2};

/// The monitor's side of the control socket. Never blocks and never throws once it listens: a client that misbehaves,
/// or does not have the job's key, is told so and dropped.
class Server {
 public:
  using Client = std::uint64_t;  ///< a connection; numbers are not used again

  Server() = default;
  /// Listens on `name` in the directory `dir`, for those who have the key of `job`.
  Server(int dir, const std::string& dir_path, const std::string& name, JobId job, const AuthKey& key);

  int listener() const noexcept { return listener_.get(); }
  /// Adds what has to be watched.
  void add_to(std::vector<pollfd>& fds) const;
  /// When take_requests() is to be called, even if nothing has come.
  os::Deadline deadline() const noexcept;
  /// Requests that have come in, each from its client. Only users with our uid, and root, are heard, and of them those
  /// that have proved to have the key.
  std::vector<std::pair<Client, Request>> take_requests(os::SteadyTime now) noexcept;
  void answer(Client client, const Answer& answer) noexcept;
  void stop_listening() noexcept { listener_.reset(); }

 private:
  /// Of a connection whose other end is not known yet.
  struct Stranger {
    std::string nonce;
    os::SteadyTime deadline;
  };
  struct Connection {
    os::Fd socket;
    std::string received = {};
    std::optional<Stranger> stranger = {};
  };
  void accept_new(os::SteadyTime now);
  Connection greet(os::Fd socket, os::SteadyTime now) const;
  void admit(Connection& connection, const Proof& proof) const;
  bool read_requests(Client client, Connection& connection,
                     std::vector<std::pair<Client, Request>>& requests) const;

  os::Fd listener_;
  JobId job_ = 0;
  AuthKey key_;
  std::map<Client, Connection> connections_;
  Client next_ = 1;
};

}  // namespace brood::control
