// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "brood/error.hpp"
#include "brood/text.hpp"
#include "os/file.hpp"
#include "os/process.hpp"
#include "store/names.hpp"
#include "store/server_record.hpp"

namespace brood::store {

std::string server_dir_path(const StateDir& state) { return state.path() + "/" + names::server_dir; }

std::optional<os::Fd> find_server_dir(const StateDir& state) {
  return os::find_at(state.fd(), names::server_dir, os::Open::directory);
}

os::Fd open_server_dir(const StateDir& state) {
  if (auto dir = find_server_dir(state)) return std::move(*dir);
  const os::PrivateUmask umask;
  (void)os::make_directory_at(state.fd(), names::server_dir, 0700);
  return os::open_at(state.fd(), names::server_dir, os::Open::directory);
}

void save_server_record(int server_dir, const ServerRecord& record) {
  const nlohmann::ordered_json json{{"version", 1},
                                    {"pid", record.pid},
                                    {"pid_start_time", record.start_time},
                                    {"boot_id", record.boot_id},
                                    {"pid_namespace", record.pid_namespace},
                                    {"started_at", time_text(record.started_at)}};
  os::replace_file_at(server_dir, names::server_record, json.dump() + "\n");
}

std::optional<ServerRecord> load_server_record(int server_dir) {
  try {
    const auto file = os::find_at(server_dir, names::server_record, os::Open::read_nonblock);
    if (!file) return std::nullopt;
    const auto json = nlohmann::json::parse(os::read_all(file->get()), nullptr, false);
    if (!json.is_object()) return std::nullopt;
    ServerRecord record;
    record.pid = json.at("pid").get<pid_t>();
    record.start_time = json.at("pid_start_time").get<std::uint64_t>();
    record.boot_id = json.at("boot_id").get<std::string>();
    record.pid_namespace = json.at("pid_namespace").get<std::uint64_t>();
    if (const auto time = parse_time(json.value("started_at", ""))) record.started_at = *time;
    return record;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace brood::store
