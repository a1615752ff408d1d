// SPDX-License-Identifier: MIT
// The fork server's corner of the state directory. Its record says who holds the lock there; the lock is the proof.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "brood/job_info.hpp"
#include "os/fd.hpp"
#include "store/state_dir.hpp"

namespace brood::store {

struct ServerRecord {
  pid_t pid = 0;
  std::uint64_t start_time = 0;
  std::string boot_id;
  std::uint64_t pid_namespace = 0;
  WallTime started_at{};
};

std::string server_dir_path(const StateDir& state);
/// Made where it is missing.
os::Fd open_server_dir(const StateDir& state);
/// Empty if there has been no server.
std::optional<os::Fd> find_server_dir(const StateDir& state);

/// As it is in the file, one line of JSON; and back: empty for what is none.
std::string server_record_text(const ServerRecord& record);
std::optional<ServerRecord> parse_server_record(std::string_view text);

void save_server_record(int server_dir, const ServerRecord& record);
/// Empty if there is none that can be read.
std::optional<ServerRecord> load_server_record(int server_dir);

}  // namespace brood::store
