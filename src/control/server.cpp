// SPDX-License-Identifier: MIT
#include "control/server.hpp"

#include "os/process.hpp"
#include "os/socket.hpp"

namespace brood::control {
namespace {

// A client costs a descriptor until its request is carried out; further ones wait in the listen queue.
constexpr std::size_t most_connections = 256;

bool is_welcome(int socket) {
  const uid_t peer = os::peer_uid(socket);
  return peer == 0 || peer == os::effective_uid();
}

}  // namespace

Server::Server(int dir, const std::string& dir_path, const std::string& name)
    : listener_(os::listen_at(dir, dir_path, name)) {}

void Server::add_to(std::vector<pollfd>& fds) const {
  if (listener_ && connections_.size() < most_connections) fds.push_back({listener_.get(), POLLIN, 0});
  for (const auto& [client, connection] : connections_) fds.push_back({connection.socket.get(), POLLIN, 0});
}

void Server::accept_new() {
  while (listener_ && connections_.size() < most_connections) {
    auto socket = os::accept_one(listener_.get());
    if (!socket) return;
    if (is_welcome(socket->get())) connections_.emplace(next_++, Connection{std::move(*socket), {}});
  }
}

bool Server::read_requests(Client client, Connection& connection,
                           std::vector<std::pair<Client, Request>>& requests) {
  const bool is_open = os::receive_some(connection.socket.get(), connection.received);
  while (const auto frame = take_frame(connection.received))
    requests.emplace_back(client, request_from(*frame));
  return is_open;
}

std::vector<std::pair<Server::Client, Request>> Server::take_requests() noexcept {
  std::vector<std::pair<Client, Request>> requests;
  try {
    accept_new();
  } catch (const std::exception&) {
    // Out of memory or descriptors: whoever it was asks again, or signals the tree itself.
  }
  for (auto each = connections_.begin(); each != connections_.end();) {
    bool keep = false;
    try {
      keep = read_requests(each->first, each->second, requests);
    } catch (const std::exception&) {
      // Not our protocol.
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
