// SPDX-License-Identifier: MIT
// What is said on the fork server's socket. Each side begins with a head of eight bytes:
//
//   magic    4 bytes: "brd" and a zero
//   version  2 bytes, little-endian: of what follows the head, and of the order for a monitor
//   kind     2 bytes
//
// The head itself, `stop` and `other_version` mean the same in every version: so a server of another version can always
// be recognised, and be replaced.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "brood/fork_server.hpp"
#include "os/clock.hpp"
#include "os/fd.hpp"

namespace brood::monitor {

inline constexpr std::uint16_t server_version = 1;
inline constexpr std::size_t server_head_size = 8;

enum class ServerKind : std::uint16_t {
  // from the client
  launch = 1,      // answered with `ready` by the monitor; then it gets an order, and tells the outcome
  status = 2,      // answered with `report` and a ForkServerInfo
  stop = 3,        // answered with `leaving` or, if there are jobs, with `busy` and a ForkServerInfo
  force_stop = 4,  // answered with `leaving`
  // from the server
  ready = 100,
  report = 101,
  leaving = 102,
  busy = 103,
  other_version = 104,
};

struct ServerHead {
  std::uint16_t version = server_version;
  ServerKind kind = ServerKind::ready;
};

std::string server_head(ServerKind kind);
/// Empty for what is none: not spoken by brood. `bytes` are server_head_size.
std::optional<ServerHead> parse_server_head(const std::string& bytes);

void send_server_info(int socket, const ForkServerInfo& info);
/// Throws Errc::protocol_mismatch.
ForkServerInfo receive_server_info(int socket, const os::Deadline& deadline);

/// What a new server is given through its channel; it answers with an Outcome (monitor/order.hpp), when it serves or
/// cannot. Whoever sends it has made the socket and taken the lock, so there is no moment in which a client finds neither.
struct ServerOrder {
  std::string state_path;
  std::optional<std::chrono::milliseconds> idle;  // empty: it stays
  os::Fd state_dir;
  os::Fd lock;
  os::Fd listener;
};
void send_server_order(int channel, const ServerOrder& order);
/// Empty if there is none.
std::optional<ServerOrder> receive_server_order(int channel);

}  // namespace brood::monitor
