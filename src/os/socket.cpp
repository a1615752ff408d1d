// SPDX-License-Identifier: MIT
#include "os/socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

#include "os/fail.hpp"
#include "os/file.hpp"
#include "os/poll.hpp"
#include "os/process.hpp"

namespace brood::os {
namespace {

struct Address {
  sockaddr_un raw{};
  socklen_t size = 0;
};

// sun_path holds 107 bytes. What does not fit goes through /proc/self/fd; without /proc such a path cannot be used.
Address address_of(int dir, const std::string& dir_path, const std::string& name) {
  Address address;
  address.raw.sun_family = AF_UNIX;
  std::string path = dir_path + "/" + name;
  if (path.size() >= sizeof address.raw.sun_path) path = "/proc/self/fd/" + std::to_string(dir) + "/" + name;
  std::memcpy(address.raw.sun_path, path.c_str(), path.size() + 1);
  address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return address;
}

const sockaddr* raw_of(const Address& address) { return reinterpret_cast<const sockaddr*>(&address.raw); }

Fd new_socket(int extra) {
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | extra, 0));
  if (!fd) fail("make a socket");
  return fd;
}

// For connect, too, which waits as long as the listener's queue is full. Nothing stands for no limit.
void limit_sending(int socket, const Deadline& deadline) {
  using namespace std::chrono;
  microseconds left(0);
  if (deadline) left = std::max(duration_cast<microseconds>(*deadline - steady_now()), microseconds(1));
  const timeval limit{static_cast<time_t>(left.count() / 1'000'000),
                      static_cast<suseconds_t>(left.count() % 1'000'000)};
  if (::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0)
    fail("set the time limit of a socket");
}

constexpr std::size_t most_fds = 253;  // SCM_MAX_FD of the kernel

// At most most_fds descriptors.
ssize_t send_once(int socket, std::string_view bytes, std::span<const int> fds, int flags) noexcept {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(most_fds * sizeof(int))> space;
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    std::memset(space.data(), 0, CMSG_SPACE(fds.size_bytes()));
    message.msg_control = space.data();
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(head), fds.data(), fds.size_bytes());
  }
  return ::sendmsg(socket, &message, MSG_NOSIGNAL | flags);
}

ucred peer_of(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    fail("find out who is on the other side");
  return peer;
}

void take_fds(msghdr& message, std::vector<Fd>& fds) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
      fds.emplace_back(fd);
    }
  }
}

}  // namespace

std::pair<Fd, Fd> socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) fail("make a pair of sockets");
  Fd one(ends[0]);
  Fd other(ends[1]);
  return {above_streams(std::move(one)), above_streams(std::move(other))};
}

Fd listen_at(int dir, const std::string& dir_path, const std::string& name, int queue) {
  Fd fd = new_socket(SOCK_NONBLOCK);
  set_mode(fd.get(), 0600);  // bind gives the socket file the mode of the socket
  const Address address = address_of(dir, dir_path, name);
  if (::bind(fd.get(), raw_of(address), address.size) != 0) fail("make socket", dir_path + "/" + name);
  // Who may replace a directory above this one can have led the path elsewhere, but not the descriptor.
  const auto made = status_at(dir, name);
  if (!made || made->kind != FileKind::socket) fail(ESTALE, "make socket", dir_path + "/" + name);
  listen_on(fd.get(), queue);
  return fd;
}

void listen_on(int socket, int queue) {
  if (::listen(socket, queue) != 0) fail("listen on a socket");
}

std::optional<Fd> connect_at(int dir, const std::string& dir_path, const std::string& name,
                             const Deadline& deadline) {
  Fd fd = new_socket(0);
  if (deadline) limit_sending(fd.get(), deadline);
  const Address address = address_of(dir, dir_path, name);
  int result;
  do result = ::connect(fd.get(), raw_of(address), address.size);
  while (result != 0 && errno == EINTR);
  if (result == 0) {
    if (deadline) limit_sending(fd.get(), {});
    return fd;
  }
  if (errno == ENOENT || errno == ECONNREFUSED || errno == ELOOP) return std::nullopt;
  fail("connect to", dir_path + "/" + name);
}

std::optional<Fd> accept_one(int listener) {
  Fd fd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (fd) return fd;
  if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) fail("accept a connection");
  return std::nullopt;
}

uid_t peer_uid(int socket) { return peer_of(socket).uid; }
pid_t peer_pid(int socket) { return peer_of(socket).pid; }

void send_all(int socket, std::string_view bytes, std::span<const int> fds) {
  if (fds.size() > most_fds) fail(E2BIG, "send descriptors", {});
  while (!bytes.empty()) {
    const ssize_t sent = send_once(socket, bytes, fds, 0);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) fail("send through a socket");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
    fds = {};
  }
}

bool send_now(int socket, std::string_view bytes, std::span<const int> fds) noexcept {
  return send_once(socket, bytes, fds, MSG_DONTWAIT) == static_cast<ssize_t>(bytes.size());
}

bool send_some(int socket, std::string& bytes) {
  std::string_view rest = bytes;
  bool is_open = true;
  while (!rest.empty() && is_open) {
    const ssize_t n = send_once(socket, rest, {}, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (n < 0 && errno == EINTR) continue;
    is_open = n >= 0;
    if (is_open) rest.remove_prefix(static_cast<std::size_t>(n));
  }
  bytes.erase(0, bytes.size() - rest.size());
  return is_open;
}

bool receive_exactly(int socket, std::size_t size, std::string& bytes, std::vector<Fd>& fds,
                     const Deadline& deadline) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(most_fds * sizeof(int))> space{};
  // Room is made for what comes, not for what was announced: a wrong length costs nothing.
  constexpr std::size_t step = 128 * 1024;
  const std::size_t start = bytes.size();
  std::size_t got = 0;
  while (got < size) {
    if (deadline && !await_ready(socket, deadline)) return false;
    const std::size_t wanted = std::min(size - got, step);
    bytes.resize(start + got + wanted);
    iovec part{bytes.data() + start + got, wanted};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = space.data();
    message.msg_controllen = space.size();
    const ssize_t n = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == ECONNRESET && got == 0) return false;
    if (n < 0) fail("receive from a socket");
    take_fds(message, fds);
    if (n == 0 && got == 0) return false;
    if (n == 0) fail(ECONNRESET, "receive from a socket", {});
    got += static_cast<std::size_t>(n);
  }
  return true;
}

void hang_up(int socket) noexcept { (void)::shutdown(socket, SHUT_RDWR); }

void set_blocking(int socket) noexcept {
  const int flags = ::fcntl(socket, F_GETFL);
  if (flags >= 0) (void)::fcntl(socket, F_SETFL, flags & ~O_NONBLOCK);
}

bool receive_some(int socket, std::string& bytes, std::size_t most) {
  char buffer[4096];
  while (most > 0) {
    const std::size_t wanted = std::min(sizeof buffer, most);
    const ssize_t n = ::recv(socket, buffer, wanted, MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    bytes.append(buffer, static_cast<std::size_t>(n));
    if (static_cast<std::size_t>(n) < wanted) return true;
    most -= static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace brood::os
