// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "control/auth.hpp"
#include "control/message.hpp"
#include "os/clock.hpp"
#include "os/fd.hpp"

namespace brood::control {

/// The key that bears this fingerprint, or the one to try if none does.
using KeyFinder = std::function<AuthKey(const std::string& fingerprint)>;

/// A conversation with a job's monitor. Requests wait until both sides have proved that they have the job's key, which
/// goes on with every call of advance() or answer(). Both throw Errc::authentication_failed if one of them has not; then
/// no request was sent.
class Client {
 public:
  /// Empty if nobody listens. A queue before the monitor's socket is waited for until the deadline, then
  /// std::errc::resource_unavailable_try_again is thrown.
  static std::optional<Client> connect(int dir, const std::string& dir_path, const std::string& name,
                                       JobId job, KeyFinder find_key, const os::Deadline& deadline = {});

  void send(const Request& request);
  /// Have all requests been sent?
  bool is_through() const noexcept { return stage_ == Stage::welcome && waiting_.empty(); }
  /// Does what can be done with what has come. False if the monitor has closed the connection.
  bool advance();
  /// The next answer; empty when the deadline passed or the monitor has closed the connection.
  std::optional<Answer> answer(const os::Deadline& deadline = {});
  int fd() const noexcept { return socket_.get(); }

 private:
  enum class Stage { connected, proved, welcome };

  Client(os::Fd socket, JobId job, KeyFinder find_key)
      : socket_(std::move(socket)), find_key_(std::move(find_key)) {
    handshake_.job = job;
  }
  void shake_hands();
  void prove(const Hello& hello);
  void check(const Welcome& welcome);
  void flush();

  os::Fd socket_;
  std::string received_;
  std::vector<Request> waiting_;
  Stage stage_ = Stage::connected;
  KeyFinder find_key_;
  Handshake handshake_;
  std::optional<AuthKey> key_;
};

}  // namespace brood::control
