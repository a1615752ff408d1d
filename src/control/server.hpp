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
/// A client costs a descriptor. Where so many are connected, further ones wait in the listen queue, and of those that
/// wait for no answer the one that has been silent for longest makes way, if that was longer than `idle_time`.
inline constexpr std::size_t most_connections = 256;
inline constexpr std::chrono::seconds idle_time{2};

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
    os::SteadyTime used = {};    // when it was last heard
    std::size_t unanswered = 0;  // requests
    std::uint16_t version = handshake_version;
    bool may_go() const noexcept { return !stranger && unanswered == 0; }
  };
  using Connections = std::map<Client, Connection>;
  void accept_new(os::SteadyTime now);
  bool make_room(os::SteadyTime now);
  Connections::const_iterator longest_silent() const;
  bool is_silent(Connections::const_iterator client, os::SteadyTime now) const;
  Connection greet(os::Fd socket, os::SteadyTime now) const;
  void admit(Connection& connection, const Proof& proof) const;
  bool read_requests(Client client, Connection& connection, os::SteadyTime now,
                     std::vector<std::pair<Client, Request>>& requests) const;

  os::Fd listener_;
  JobId job_ = 0;
  AuthKey key_;
  Connections connections_;
  os::Deadline accepts_again_;  // set while nobody can be taken in
  Client next_ = 1;
};

}  // namespace brood::control
