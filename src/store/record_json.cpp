// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "brood/error.hpp"
#include "brood/text.hpp"
#include "store/number_json.hpp"
#include "store/record.hpp"
#include "store/spec_json.hpp"
#include "store/state_dir.hpp"

namespace brood::store {
namespace {

using Json = nlohmann::ordered_json;

constexpr int most_signal = 64;

std::optional<WallTime> time_from(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_string()) return std::nullopt;
  return parse_time(found->get_ref<const std::string&>());
}

Json head_fields(std::string_view text) {
  std::string head(text.substr(0, head_size));
  const std::size_t comma = head.find_last_of(',');
  if (comma == std::string::npos) return {};
  head.replace(comma, std::string::npos, "}");
  Json fields = Json::parse(head, nullptr, false);
  if (fields.is_object()) fields.erase("check");
  return fields;
}

// Half of a record is the padding of its head, and the parser looks at every space of it.
std::string without_padding(std::string_view text) {
  if (text.size() <= head_size) return std::string(text);
  // Its comma is the last thing before it; where there is none, or something else comes after, the checksum is wrong.
  const std::size_t comma = text.rfind(',', head_size - 1);
  std::string compact(text.substr(0, comma == std::string_view::npos ? 0 : comma + 1));
  compact.append(text.substr(head_size));
  return compact;
}

template <class T>
T value_or(const Json& json, const char* key, T fallback) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return fallback;
  return found->get<T>();
}

int version_in(const Json& json) {
  const auto version = whole_number<std::int64_t>(json.at("version"), "version", 1);
  if (version > record_version)
    throw Error(Errc::record_too_new, "read record: format version " + std::to_string(version));
  return static_cast<int>(version);
}

std::optional<ExitStatus> exit_status_from(const Json& json) {
  const auto found = json.find("exitcode");
  if (found == json.end() || found->is_null()) return std::nullopt;
  const int code = whole_number<int>(*found, "exitcode", -most_signal, 255);
  if (code < 0) return ExitStatus::signalled(-code, value_or(json, "core_dumped", false));
  return ExitStatus::exited(code);
}

void read_head(const Json& json, JobInfo& info) {
  info.id = whole_number<JobId>(json.at("id"), "id", 1, most_ids);
  info.name = json.at("name").get<std::string>();
  const auto state = parse_job_state(json.at("state").get<std::string>());
  if (!state) throw Error(Errc::record_damaged, "read record: unknown state");
  info.state = *state;
  if (const pid_t pid = number_or<pid_t>(json, "pid", 0); pid > 1) info.pid = pid;
  info.pid_start_time = number_or<std::uint64_t>(json, "pid_start_time", 0);
  info.pid_inode = number_or<std::uint64_t>(json, "pid_inode", 0);
  info.boot_id = value_or<std::string>(json, "boot_id", {});
  info.pid_namespace = number_or<std::uint64_t>(json, "pid_namespace", 0);
  info.monitor_pid = number_or<pid_t>(json, "monitor_pid", 0, 0);
  info.exit_status = exit_status_from(json);
  info.reason = value_or<std::string>(json, "reason", {});
  info.created_at = time_from(json, "created_at");
  info.started_at = time_from(json, "started_at");
  info.ended_at = time_from(json, "ended_at");
  info.orphans = number_or(json, "orphans", 0, 0);
  const auto usage = json.find("rusage");
  if (usage != json.end() && usage->is_object())
    info.rusage = {value_or(*usage, "user_s", 0.0),      value_or(*usage, "system_s", 0.0),
                   number_or(*usage, "max_rss_kib", 0L), number_or(*usage, "major_faults", 0L),
                   number_or(*usage, "block_reads", 0L), number_or(*usage, "block_writes", 0L)};
}

void read_tail(const Json& json, Record& record) {
  JobInfo& info = record.info;
  record.spec = spec_from_json(json);
  info.target = record.spec.target;
  info.labels = record.spec.labels;
  info.timeout = record.spec.timeout;
  info.cwd = text_from(json, "cwd");
  info.start_method = record.spec.method.value_or(StartMethod::fork);
  info.daemon = value_or(json, "daemon", false);
  record.spec.daemon = info.daemon;
  info.host = value_or<std::string>(json, "host", {});
  info.identity = value_or<std::string>(json, "identity", "Process-" + std::to_string(info.id));
  if (const auto parent = json.find("parent"); parent != json.end() && parent->is_object()) {
    if (const auto job = parent->find("job"); job != parent->end() && job->is_number())
      info.parent.job = whole_number<JobId>(*job, "job", 1, most_ids);
    info.parent.pid = number_or<pid_t>(*parent, "pid", 0, 0);
    info.parent.start_time = number_or<std::uint64_t>(*parent, "start_time", 0);
  }
  if (const auto logs = json.find("logs"); logs != json.end() && logs->is_object()) {
    info.stdout_log = text_from(*logs, "stdout");
    info.stderr_log = text_from(*logs, "stderr");
  }
}

}  // namespace

Record parse_record(std::string_view text) { return parse_record(text, is_whole(text)); }

Record parse_record(std::string_view text, bool whole) {
  if (text.empty()) throw Error(Errc::record_damaged, "read record: it is empty");
  const Json json = Json::parse(without_padding(text), nullptr, false);
  if (!json.is_object()) throw Error(Errc::record_damaged, "read record: it is not JSON");
  try {
    const int version = version_in(json);
    if (!whole) throw Error(Errc::record_damaged, "read record: its checksum is wrong");
    Record record;
    record.info.version = version;
    read_head(json, record.info);
    read_tail(json, record);
    return record;
  } catch (const Json::exception& problem) {
    throw Error(Errc::record_damaged, std::string("read record: ") + problem.what());
  }
}

JobInfo parse_head(std::string_view object) {
  const Json json = Json::parse(object, nullptr, false);
  if (!json.is_object()) throw Error(Errc::record_damaged, "read head: it is not JSON");
  try {
    JobInfo info;
    info.version = whole_number<int>(json.at("version"), "version", 1);
    read_head(json, info);
    return info;
  } catch (const Json::exception& problem) {
    throw Error(Errc::record_damaged, std::string("read head: ") + problem.what());
  }
}

std::string unknown_fields(std::string_view text) {
  const Json known = Json::parse(head_text(JobInfo{}).substr(0, head_size) + "\"end\":0}", nullptr, false);
  std::string more;
  const Json fields = head_fields(text);
  for (const auto& [key, value] : fields.items())
    if (!known.contains(key)) more += "," + Json(key).dump() + ":" + value.dump();
  return more;
}

std::string head_with_name(std::string_view text, const std::string& name) {
  Json fields = head_fields(text);
  if (!fields.is_object()) throw Error(Errc::record_damaged, "read record: its head is not JSON");
  fields["name"] = name;
  return sealed_head(fields.dump());
}

}  // namespace brood::store
