// SPDX-License-Identifier: MIT
#include "cli/output_json.hpp"

#include <nlohmann/json.hpp>

#include "brood/text.hpp"

namespace brood::cli {
namespace {

using Json = nlohmann::ordered_json;

Json time_json(const std::optional<WallTime>& time) { return time ? Json(time_text(*time)) : Json(); }

template <class T>
Json optional_json(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json text_json(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json usage_json(const std::optional<ResourceUsage>& usage) {
  if (!usage) return {};
  return {{"user_s", usage->user_s},           {"system_s", usage->system_s},
          {"max_rss_kib", usage->max_rss_kib}, {"major_faults", usage->major_faults},
          {"block_reads", usage->block_reads}, {"block_writes", usage->block_writes}};
}

Json logs_json(const JobInfo& info) {
  if (info.stdout_log.empty() && info.stderr_log.empty()) return {};
  return {{"stdout", text_json(info.stdout_log)}, {"stderr", text_json(info.stderr_log)}};
}

Json to_json(const JobInfo& info) {
  const auto& status = info.exit_status;
  Json labels = Json::object();
  for (const auto& [key, value] : info.labels) labels[key] = value;
  Json json{{"version", info.version},
            {"id", info.id},
            {"name", info.name},
            {"identity", info.identity},
            {"state", to_string(info.state)},
            {"pid", optional_json(info.pid)},
            {"exitcode", status ? Json(status->exitcode()) : Json()},
            {"signal", status && status->is_signalled() ? Json(signal_name(status->signal())) : Json()},
            {"core_dumped", status && status->core_dumped()},
            {"lost", info.state == JobState::lost},
            {"reason", text_json(info.reason)},
            {"daemon", info.daemon},
            {"start_method", to_string(info.start_method)},
            {"target", info.target},
            {"cwd", text_json(info.cwd)},
            {"labels", std::move(labels)},
            {"created_at", time_json(info.created_at)},
            {"started_at", time_json(info.started_at)},
            {"ended_at", time_json(info.ended_at)},
            {"timeout", info.timeout ? Json(static_cast<double>(info.timeout->count()) / 1000) : Json()},
            {"orphans", info.orphans},
            {"rusage", usage_json(info.rusage)},
            {"parent", {{"job", optional_json(info.parent.job)}, {"pid", info.parent.pid}}},
            {"monitor_pid", info.monitor_pid},
            {"pid_start_time", info.pid_start_time},
            {"pid_inode", info.pid_inode},
            {"boot_id", info.boot_id},
            {"pid_namespace", info.pid_namespace},
            {"host", info.host},
            {"sentinel", info.sentinel},
            {"logs", logs_json(info)}};
  if (!info.problem.empty()) json["problem"] = info.problem;
  return json;
}

Json to_json(const JobTree& tree) {
  Json json = to_json(tree.info);
  json["children"] = Json::array();
  for (const JobTree& child : tree.children) json["children"].push_back(to_json(child));
  return json;
}

// Bytes that are not UTF-8 are replaced here; the record keeps them. Control characters are escaped by JSON itself,
// but for those above 127, which a terminal may still act on.
std::string dump(const Json& json) {
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return printable(text) == text ? text : json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace

std::string job_json(const JobInfo& info) { return dump(to_json(info)) + "\n"; }

std::string jobs_json(const std::vector<JobInfo>& jobs) {
  std::string text = "[";
  for (const JobInfo& info : jobs) text += (text.size() > 1 ? ",\n " : "") + dump(to_json(info));
  return text + "]\n";
}

std::string job_trees_json(const std::vector<JobTree>& trees) {
  std::string text = "[";
  for (const JobTree& tree : trees) text += (text.size() > 1 ? ",\n " : "") + dump(to_json(tree));
  return text + "]\n";
}

std::string server_json(const ForkServerInfo& info) {
  Json json{{"running", info.running}};
  if (info.running)
    json.update({{"pid", info.pid},
                 {"jobs", info.jobs},
                 {"adopted", info.adopted},
                 {"started_at", time_json(info.started_at)},
                 {"idle", info.idle ? Json(static_cast<double>(info.idle->count()) / 1000) : Json()}});
  return dump(json) + "\n";
}

std::string error_json(const Error& problem) {
  Json error{{"code", error_code_name(problem.code())}, {"message", problem.what()}};
  if (!problem.hint().empty()) error["hint"] = problem.hint();
  return dump({{"error", std::move(error)}}) + "\n";
}

std::string word_json(const std::string& word) { return dump(word) + "\n"; }

std::string words_json(const std::vector<std::string>& words) { return dump(words) + "\n"; }
std::string fingerprint_json(const std::string& fingerprint) {
  return dump({{"fingerprint", fingerprint}}) + "\n";
}

std::optional<std::string> field_text(const JobInfo& info, const std::string& field) {
  const Json json = to_json(info);
  std::string path = "/" + field;
  for (char& c : path)
    if (c == '.') c = '/';
  const Json::json_pointer pointer(path);
  if (!json.contains(pointer)) return std::nullopt;
  const Json& value = json.at(pointer);
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : dump(value);
}

std::vector<std::string> field_names() {
  std::vector<std::string> names;
  const Json json = to_json(JobInfo{});
  for (const auto& [key, value] : json.items()) names.push_back(key);
  return names;
}

}  // namespace brood::cli
