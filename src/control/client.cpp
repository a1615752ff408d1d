// SPDX-License-Identifier: MIT
#include "control/client.hpp"

#include <cerrno>

#include "os/poll.hpp"
#include "os/process.hpp"
#include "os/socket.hpp"

namespace brood::control {

std::optional<Client> Client::connect(int dir, const std::string& dir_path, const std::string& name) {
  auto socket = os::connect_at(dir, dir_path, name);
  if (!socket) return std::nullopt;
  const uid_t peer = os::peer_uid(socket->get());
  if (peer != 0 && peer != os::effective_uid() && os::effective_uid() != 0)
    throw Error(std::error_code(EPERM, std::system_category()), "talk to the monitor: another user answers");
  return Client(std::move(*socket));
}

void Client::send(const Request& request) { os::send_all(socket_.get(), frame_of(request)); }

std::optional<Answer> Client::answer(const os::Deadline& deadline) {
  for (bool is_open = true;;) {
    if (const auto frame = take_frame(received_)) return answer_from(*frame);
    if (!is_open) return std::nullopt;
    std::vector<pollfd> one{{socket_.get(), POLLIN, 0}};
    if (!os::poll(one, deadline)) return std::nullopt;
    is_open = os::receive_some(socket_.get(), received_);
  }
}

}  // namespace brood::control
