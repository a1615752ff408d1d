// SPDX-License-Identifier: MIT
#include "monitor/server_message.hpp"

#include "base/wire.hpp"
#include "brood/error.hpp"
#include "os/block.hpp"
#include "os/socket.hpp"

namespace brood::monitor {
namespace {

constexpr char magic[] = {'b', 'r', 'd', '\0'};
constexpr std::size_t info_size = 6 * 8;
constexpr std::size_t most_order = 64 * 1024;

std::uint16_t short_at(const std::string& bytes, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[at]) |
                                    (static_cast<unsigned char>(bytes[at + 1]) << 8));
}

void append_short(std::string& bytes, std::uint16_t value) {
  bytes += static_cast<char>(value & 0xff);
  bytes += static_cast<char>(value >> 8);
}

}  // namespace

std::string server_head(ServerKind kind) {
  std::string bytes(magic, sizeof magic);
  append_short(bytes, server_version);
  append_short(bytes, static_cast<std::uint16_t>(kind));
  return bytes;
}

std::optional<ServerHead> parse_server_head(const std::string& bytes) {
  if (bytes.size() < server_head_size || bytes.compare(0, sizeof magic, magic, sizeof magic) != 0)
    return std::nullopt;
  return ServerHead{short_at(bytes, 4), static_cast<ServerKind>(short_at(bytes, 6))};
}

void send_server_info(int socket, const ForkServerInfo& info) {
  WireWriter out;
  out.put(info.pid);
  out.put(info.jobs);
  out.put(info.adopted);
  out.put(info.started_at ? info.started_at->time_since_epoch().count() : 0);
  out.put(info.idle.has_value());
  out.put(info.idle ? info.idle->count() : 0);
  os::send_all(socket, out.bytes());
}

ForkServerInfo receive_server_info(int socket, const os::Deadline& deadline) {
  std::string bytes;
  std::vector<os::Fd> none;
  if (!os::receive_exactly(socket, info_size, bytes, none, deadline))
    throw Error(Errc::protocol_mismatch, "read the fork server's answer");
  WireReader in(bytes);
  ForkServerInfo info;
  info.running = true;
  info.pid = static_cast<pid_t>(in.integer());
  info.jobs = static_cast<int>(in.integer());
  info.adopted = static_cast<int>(in.integer());
  info.started_at = WallTime(std::chrono::milliseconds(in.integer()));
  const bool leaves = in.integer() != 0;
  const std::chrono::milliseconds idle(in.integer());
  if (leaves) info.idle = idle;
  return info;
}

void send_server_order(int channel, const ServerOrder& order) {
  WireWriter out;
  out.put(order.state_path);
  out.put(order.idle.has_value());
  out.put(order.idle ? order.idle->count() : 0);
  const int fds[] = {order.state_dir.get(), order.lock.get(), order.listener.get()};
  os::send_block(channel, out.bytes(), fds);
}

std::optional<ServerOrder> receive_server_order(int channel) {
  std::vector<os::Fd> fds;
  const auto bytes = os::receive_block(channel, fds, most_order);
  if (!bytes || fds.size() != 3) return std::nullopt;
  WireReader in(*bytes);
  ServerOrder order;
  order.state_path = in.text();
  const bool leaves = in.integer() != 0;
  const std::chrono::milliseconds idle(in.integer());
  if (leaves) order.idle = idle;
  if (!in.at_end()) return std::nullopt;
  order.state_dir = std::move(fds[0]);
  order.lock = std::move(fds[1]);
  order.listener = std::move(fds[2]);
  return order;
}

}  // namespace brood::monitor
