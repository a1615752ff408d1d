// SPDX-License-Identifier: MIT
#include "control/server.hpp"

#include <algorithm>

#include "os/process.hpp"
#include "os/socket.hpp"

namespace brood::control {
namespace {

// A client costs a descriptor until its request is carried out; further ones wait in the listen queue.
constexpr std::size_t most_connections = 256;

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
  if (listener_ && connections_.size() < most_connections) fds.push_back({listener_.get(), POLLIN, 0});
  for (const auto& [client, connection] : connections_) fds.push_back({connection.socket.get(), POLLIN, 0});
}

os::Deadline Server::deadline() const noexcept {
  os::Deadline first;
  for (const auto& [client, connection] : connections_)
    if (const auto& stranger = connection.stranger)
      first = first ? std::min(*first, stranger->deadline) : stranger->deadline;
  return first;
}

Server::Connection Server::greet(os::Fd socket, os::SteadyTime now) const {
  Stranger stranger{new_nonce(), now + handshake_time};
  os::send_all(socket.get(), frame_of(Hello{protocol_version, fingerprint_of(key_), stranger.nonce}));
  return {std::move(socket), {}, std::move(stranger)};
}

void Server::accept_new(os::SteadyTime now) {
  while (listener_ && connections_.size() < most_connections) {
    auto socket = os::accept_one(listener_.get());
    if (!socket) return;
    try {
      if (has_access(socket->get())) connections_.emplace(next_++, greet(std::move(*socket), now));
    } catch (const std::exception&) {
      // Gone again, or there is no memory: whoever it was asks again, or signals the tree itself.
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
  connection.stranger.reset();
}

bool Server::read_requests(Client client, Connection& connection,
                           std::vector<std::pair<Client, Request>>& requests) const {
  const auto most = [&connection] { return connection.stranger ? most_length_before_welcome : most_length; };
  const bool is_open = os::receive_some(connection.socket.get(), connection.received, most());
  while (const auto frame = take_frame(connection.received, most())) {
    if (connection.stranger)
      admit(connection, proof_from(*frame));
    else
      requests.emplace_back(client, request_from(*frame));
  }
  return is_open;
}

std::vector<std::pair<Server::Client, Request>> Server::take_requests(os::SteadyTime now) noexcept {
  std::vector<std::pair<Client, Request>> requests;
  accept_new(now);
  for (auto each = connections_.begin(); each != connections_.end();) {
    Connection& connection = each->second;
    bool keep = false;
    try {
      keep = read_requests(each->first, connection, requests);
      // What has come in time counts, also if it is looked at late.
      if (connection.stranger && connection.stranger->deadline <= now) keep = false;
    } catch (const Error& problem) {
      tell(connection.socket.get(), problem);
    } catch (const std::exception&) {
      // Out of memory.
    }
    each = keep ? std::next(each) : connections_.erase(each);
  }
  return requests;
}

void Server::answer(Client client, const Answer& answer) noexcept {
  const auto found = connections_.find(client);
  if (found == connections_.end()) return;
  try {
    os::send_all(found->second.socket.get(), frame_of(answer));
  } catch (const std::exception&) {
    connections_.erase(found);
  }
}

}  // namespace brood::control
