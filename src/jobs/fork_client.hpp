// SPDX-License-Identifier: MIT
// The client's side of a state directory's fork server.
//
// The server holds a lock for as long as it takes orders; the kernel takes it back, however it ends. Whoever finds nobody
// at the socket and gets the lock makes a server: the socket first, which listens from then on, then a process that is
// given both. So of simultaneous callers one makes it, and all find it.
#pragma once

#include "brood/fork_server.hpp"
#include "monitor/order.hpp"
#include "store/state_dir.hpp"

namespace brood::jobs {

using ServerIdle = std::optional<std::chrono::milliseconds>;

/// Start method forkserver: the order is carried out by a monitor that the server forks. Makes a server where none is; one
/// that died or is of another version is replaced, one that was stopped is continued. Throws Errc::server_unreachable
/// if something else has taken its place.
monitor::Outcome launch_by_server(const store::StateDir& state, const monitor::Order& order);

/// Makes a server, unless there is one. What it was told about idling stays as it is, then.
ForkServerInfo start_server(const store::StateDir& state, const ServerIdle& idle);
ForkServerInfo server_info(const store::StateDir& state);
/// Returns when it is gone, or no longer takes orders; false if there was none. Throws Errc::server_busy if there are jobs and it is not
/// forced.
bool stop_server(const store::StateDir& state, bool is_forced);

}  // namespace brood::jobs
