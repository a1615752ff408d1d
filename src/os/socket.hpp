// SPDX-License-Identifier: MIT
// Unix stream sockets. A socket in the state directory is reached through its directory's descriptor, so its path may
// be of any length.
#pragma once

#include <sys/types.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "os/clock.hpp"
#include "os/fd.hpp"

namespace brood::os {

/// Neither has the number of a standard stream.
std::pair<Fd, Fd> socket_pair();

/// So many connections wait for a listener at most; further ones wait to connect.
inline constexpr int short_queue = 64;
inline constexpr int long_queue = 4096;

/// A listening socket NAME in the directory `dir`, whose path is `dir_path`; mode 0600.
Fd listen_at(int dir, const std::string& dir_path, const std::string& name, int queue = short_queue);
/// Begins to listen, or does so in its own name on a socket that another process made.
void listen_on(int socket, int queue);
/// Empty if nobody listens there. A listener whose queue is full is waited for until the deadline; then
/// std::errc::resource_unavailable_try_again is thrown.
std::optional<Fd> connect_at(int dir, const std::string& dir_path, const std::string& name,
                             const Deadline& deadline = {});
/// Empty if nobody waits. Throws if there is no descriptor left for it, or no memory: then `listener` stays ready.
std::optional<Fd> accept_one(int listener);
uid_t peer_uid(int socket);
/// Of whoever made the socket that was connected to; 0 if it is in a pid namespace that cannot be seen from here.
pid_t peer_pid(int socket);

/// Sends everything, with copies of `fds` along with the first byte. Throws EPIPE if the other end is gone.
void send_all(int socket, std::string_view bytes, std::span<const int> fds = {});

/// The same for a few bytes, which are sent now or not at all: false if the other end is gone or does not keep up.
bool send_now(int socket, std::string_view bytes, std::span<const int> fds = {}) noexcept;

/// Sends as much as can be sent now, and removes it from `bytes`. False if the other end is gone.
bool send_some(int socket, std::string& bytes);

/// Reads exactly `size` bytes, appending to `bytes`; descriptors that come along are added to `fds`. False if the other
/// end closed before the first byte or the deadline passed; throws if it closed in the middle.
bool receive_exactly(int socket, std::size_t size, std::string& bytes, std::vector<Fd>& fds,
                     const Deadline& deadline = {});

/// The other end sees the end, however many processes hold this one.
void hang_up(int socket) noexcept;

void set_blocking(int socket) noexcept;

/// Adds what is there to read now, at most `most` bytes of it; `false` when the other end has closed.
bool receive_some(int socket, std::string& bytes, std::size_t most = std::string::npos);

}  // namespace brood::os
