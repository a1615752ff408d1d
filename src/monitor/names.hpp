// SPDX-License-Identifier: MIT
#pragma once

namespace brood::monitor {

/// What ps and top show for a monitor (15 bytes count); with the program's file it tells monitors from other processes.
inline constexpr const char* monitor_name = "brood-monitor";
/// The same for the guard of one monitor.
inline constexpr const char* guard_name = "brood-guard";
/// And for a fork server.
inline constexpr const char* server_name = "brood-server";

}  // namespace brood::monitor
