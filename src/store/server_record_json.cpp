// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "brood/error.hpp"
#include "brood/text.hpp"
#include "os/file.hpp"
#include "os/process.hpp"
#include "store/names.hpp"
#include "store/number_json.hpp"
#include "store/server_record.hpp"

namespace brood::store {
namespace {

constexpr std::size_t most_bytes = 64 * 1024;

}  // namespace

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
  os::replace_file_at(server_dir, names::server_record, server_record_text(record));
}

std::string server_record_text(const ServerRecord& record) {
  const nlohmann::ordered_json json{{"version", 1},
                                    {"pid", record.pid},
                                    {"pid_start_time", record.start_time},
                                    {"boot_id", record.boot_id},
                                    {"pid_namespace", record.pid_namespace},
                                    {"started_at", time_text(record.started_at)}};
  return json.dump() + "\n";
}

std::optional<ServerRecord> parse_server_record(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  try {
    ServerRecord record;
    record.pid = whole_number<pid_t>(json.at("pid"), "pid", 1);
    record.start_time = whole_number<std::uint64_t>(json.at("pid_start_time"), "pid_start_time");
    record.boot_id = json.at("boot_id").get<std::string>();
    record.pid_namespace = whole_number<std::uint64_t>(json.at("pid_namespace"), "pid_namespace");
    if (const auto time = parse_time(json.value("started_at", ""))) record.started_at = *time;
    return record;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<ServerRecord> load_server_record(int server_dir) {
  try {
    const auto text = os::read_file_at(server_dir, names::server_record, most_bytes);
    return text ? parse_server_record(*text) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace brood::store
