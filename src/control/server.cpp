// SPDX-License-Identifier: MIT
#include "control/server.hpp"

#include <algorithm>

#include "os/process.hpp"
#include "os/socket.hpp"

namespace brood::control {
namespace {

// After the system had no descriptor left.
constexpr std::chrono::milliseconds accept_pause{100};

bool has_access(int socket) { return os::is_trusted(os::peer_uid(socket)); }

void tell(int socket, const Error& problem) noexcept {
  try {
    os::send_all(socket, frame_of(Answer{Kind::failed, problem.code(), problem.doing()}));
  } catch (const std::exception&) {
    // It does not listen, or has gone.
  }
}

}  // namespace

Server::Server(int dir, const std::string& dir_path, const std::string& name, JobId job, const AuthKey& key)
    : listener_(os::listen_at(dir, dir_path, name)), job_(job), key_(key) {}

void Server::add_to(std::vector<pollfd>& fds) const {
  if (listener_ && !accepts_again_) fds.push_back({listener_.get(), POLLIN, 0});
  for (const auto& [client, connection] : connections_) fds.push_back({connection.socket.get(), POLLIN, 0});
}

os::Deadline Server::deadline() const noexcept {
  os::Deadline first = accepts_again_;
  for (const auto& [client, connection] : connections_)
    if (const auto& stranger = connection.stranger) first = os::earlier(first, stranger->deadline);
  return first;
}

Server::Connections::const_iterator Server::longest_silent() const {
  auto found = connections_.end();
  for (auto each = connections_.begin(); each != connections_.end(); ++each)
    if (each->second.may_go() && (found == connections_.end() || each->second.used < found->second.used))
      found = each;
  return found;
}

bool Server::is_silent(Connections::const_iterator client, os::SteadyTime now) const {
  return client != connections_.end() && now - client->second.used >= idle_time;
}

// False: nobody can be taken in before accepts_again_, or before somebody leaves.
bool Server::make_room(os::SteadyTime now) {
  accepts_again_.reset();
  if (connections_.size() < most_connections) return true;
  const auto oldest = longest_silent();
  if (is_silent(oldest, now)) return true;
  accepts_again_ = (oldest == connections_.end() ? now : oldest->second.used) + idle_time;
  return false;
}

Server::Connection Server::greet(os::Fd socket, os::SteadyTime now) const {
  Stranger stranger{new_nonce(), now + handshake_time};
  os::send_all(socket.get(), frame_of(Hello{protocol_version, fingerprint_of(key_), stranger.nonce}));
  return {std::move(socket), {}, std::move(stranger), now};
}

void Server::accept_new(os::SteadyTime now) {
  while (listener_ && make_room(now)) {
    try {
      auto socket = os::accept_one(listener_.get());
      if (!socket) return;
      if (!has_access(socket->get())) continue;
      if (connections_.size() >= most_connections) connections_.erase(longest_silent());
      connections_.emplace(next_++, greet(std::move(*socket), now));
    } catch (const Error& problem) {
      // Gone again: whoever it was asks again, or signals the tree itself. Or there are no descriptors left.
      if (problem.code() == std::errc::broken_pipe || problem.code() == std::errc::connection_reset) continue;
      const auto oldest = longest_silent();
      if (!is_silent(oldest, now)) {
        accepts_again_ = now + accept_pause;
        return;
      }
      connections_.erase(oldest);
    } catch (const std::exception&) {
      return;  // out of memory
    }
  }
}

void Server::admit(Connection& connection, const Proof& proof) const {
  if (proof.version > protocol_version)
    throw Error(Errc::protocol_mismatch, "talk to the monitor: it speaks version " +
                                             std::to_string(protocol_version) + " of the protocol at most");
  const Handshake handshake{job_, protocol_version, proof.version, connection.stranger->nonce, proof.nonce};
  if (!is_proved(proof.proof, Side::client, handshake, key_))
    throw Error(Errc::authentication_failed, "command the job");
  os::send_all(connection.socket.get(), frame_of(Welcome{proof_of(Side::server, handshake, key_)}));
  connection.version = proof.version;
  connection.stranger.reset();
}

bool Server::read_requests(Client client, Connection& connection, os::SteadyTime now,
                           std::vector<std::pair<Client, Request>>& requests) const {
  const auto most = [&connection] { return connection.stranger ? most_length_before_welcome : most_length; };
  const std::size_t before = connection.received.size();
  const bool is_open = os::receive_some(connection.socket.get(), connection.received, most());
  if (connection.received.size() > before) connection.used = now;
  while (const auto frame = take_frame(connection.received, most(), connection.version)) {
    if (connection.stranger) {
      admit(connection, proof_from(*frame));
      continue;
    }
    requests.emplace_back(client, request_from(*frame));
    ++connection.unanswered;
  }
  return is_open;
}

std::vector<std::pair<Server::Client, Request>> Server::take_requests(os::SteadyTime now) noexcept {
  std::vector<std::pair<Client, Request>> requests;
  accept_new(now);
  const std::size_t before = connections_.size();
  for (auto each = connections_.begin(); each != connections_.end();) {
    Connection& connection = each->second;
    bool keep = false;
    try {
      keep = read_requests(each->first, connection, now, requests);
      // What has come in time counts, also if it is looked at late.
      if (connection.stranger && connection.stranger->deadline <= now) keep = false;
    } catch (const Error& problem) {
      tell(connection.socket.get(), problem);
    } catch (const std::exception&) {
      // Out of memory.
    }
    each = keep ? std::next(each) : connections_.erase(each);
  }
  if (connections_.size() < before) accepts_again_.reset();
  return requests;
}

void Server::answer(Client client, const Answer& answer) noexcept {
  const auto found = connections_.find(client);
  if (found == connections_.end()) return;
  if (answer.kind != Kind::accepted && found->second.unanswered > 0) --found->second.unanswered;
  try {
    os::send_all(found->second.socket.get(), frame_of(answer, found->second.version));
  } catch (const std::exception&) {
    connections_.erase(found);
  }
}

}  // namespace brood::control
