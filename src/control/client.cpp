// SPDX-License-Identifier: MIT
#include "control/client.hpp"

#include <algorithm>
#include <cerrno>

#include "os/poll.hpp"
#include "os/process.hpp"
#include "os/socket.hpp"

namespace brood::control {

std::optional<Client> Client::connect(int dir, const std::string& dir_path, const std::string& name,
                                      JobId job, KeyFinder find_key, const os::Deadline& deadline) {
  auto socket = os::connect_at(dir, dir_path, name, deadline);
  if (!socket) return std::nullopt;
  const uid_t peer = os::peer_uid(socket->get());
  if (!os::is_trusted(peer) && os::effective_uid() != 0)
    throw Error(std::error_code(EPERM, std::system_category()), "talk to the monitor: another user answers");
  return Client(std::move(*socket), job, std::move(find_key));
}

void Client::send(const Request& request) {
  waiting_.push_back(request);
  flush();
}

void Client::flush() {
  if (stage_ != Stage::welcome || waiting_.empty()) return;
  std::string frames;
  for (const Request& request : waiting_) frames += frame_of(request, handshake_.version);
  waiting_.clear();
  os::send_all(socket_.get(), frames);
}

void Client::prove(const Hello& hello) {
  // A later monitor that does not speak this version any more will say so.
  handshake_.announced = hello.version;
  handshake_.version = std::min(hello.version, protocol_version);
  handshake_.server_nonce = hello.nonce;
  handshake_.client_nonce = new_nonce();
  key_ = find_key_(hello.fingerprint);
  const std::string proof = proof_of(Side::client, handshake_, *key_);
  os::send_all(socket_.get(), frame_of(Proof{handshake_.version, handshake_.client_nonce, proof}));
  stage_ = Stage::proved;
}

void Client::check(const Welcome& welcome) {
  if (!is_proved(welcome.proof, Side::server, handshake_, *key_))
    throw Error(Errc::authentication_failed, "check who answers for the monitor");
  key_.reset();
  stage_ = Stage::welcome;
}

void Client::shake_hands() {
  while (stage_ != Stage::welcome) {
    const auto frame = take_frame(received_);
    if (!frame) return;
    if (frame->kind == Kind::failed) {
      const Answer refusal = answer_from(*frame);
      throw Error(refusal.code, refusal.doing);
    }
    if (stage_ == Stage::connected)
      prove(hello_from(*frame));
    else
      check(welcome_from(*frame));
  }
  flush();
}

bool Client::advance() {
  const bool is_open = os::receive_some(socket_.get(), received_, most_length);
  shake_hands();
  return is_open;
}

std::optional<Answer> Client::answer(const os::Deadline& deadline) {
  for (bool is_open = true;;) {
    shake_hands();
    if (stage_ == Stage::welcome)
      if (const auto frame = take_frame(received_, most_length, handshake_.version))
        return answer_from(*frame);
    if (!is_open) return std::nullopt;
    if (!os::await_ready(socket_.get(), deadline)) return std::nullopt;
    is_open = os::receive_some(socket_.get(), received_, most_length);
  }
}

}  // namespace brood::control
