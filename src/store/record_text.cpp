// SPDX-License-Identifier: MIT
#include "base/checksum.hpp"
#include "brood/error.hpp"
#include "brood/text.hpp"
#include "store/names.hpp"
#include "store/object_text.hpp"
#include "store/record.hpp"
#include "store/spec_json.hpp"

namespace brood::store {
namespace {

// {"check":"0123456789abcdef","version":1, ...
constexpr std::string_view check_key = "{\"check\":\"";
constexpr std::size_t check_digits = 16;
constexpr std::size_t checked_from = check_key.size() + check_digits;
constexpr std::size_t most_reason = 400;

std::string digits_of(std::string_view head) { return checksum_text(head.substr(checked_from)); }

void add_exit(ObjectText& head, const std::optional<ExitStatus>& status) {
  if (status)
    head.number("exitcode", status->exitcode());
  else
    head.null("exitcode");
  if (status && status->is_signalled())
    head.string("signal", signal_name(status->signal()));
  else
    head.null("signal");
  head.boolean("core_dumped", status && status->core_dumped());
}

void add_usage(ObjectText& head, const std::optional<ResourceUsage>& usage) {
  if (!usage) return head.null("rusage");
  ObjectText fields;
  fields.seconds("user_s", usage->user_s);
  fields.seconds("system_s", usage->system_s);
  fields.number("max_rss_kib", usage->max_rss_kib);
  fields.number("major_faults", usage->major_faults);
  fields.number("block_reads", usage->block_reads);
  fields.number("block_writes", usage->block_writes);
  head.object("rusage", fields);
}

ObjectText parent_object(const Parent& parent) {
  ObjectText object;
  if (parent.job)
    object.number("job", *parent.job);
  else
    object.null("job");
  object.number("pid", parent.pid);
  object.number("start_time", parent.start_time);
  return object;
}

void add_logs(ObjectText& tail, const JobInfo& info) {
  if (info.stdout_log.empty() && info.stderr_log.empty()) return tail.null("logs");
  ObjectText logs;
  logs.text("stdout", info.stdout_log);
  logs.text("stderr", info.stderr_log);
  tail.object("logs", logs);
}

// Only what is UTF-8 makes JSON. The cut is between two characters.
std::string reason_text(const std::string& reason) {
  std::string safe = printable(reason);
  if (safe.size() <= most_reason) return safe;
  safe.resize(most_reason);
  while (!is_utf8(safe)) safe.pop_back();
  return safe;
}

}  // namespace

std::string head_object(const JobInfo& info, std::string_view more) {
  ObjectText head;
  head.number("version", record_version);
  head.number("id", info.id);
  head.string("name", info.name);
  head.string("state", to_string(info.state));
  if (info.pid)
    head.number("pid", *info.pid);
  else
    head.null("pid");
  head.number("pid_start_time", info.pid_start_time);
  head.number("pid_inode", info.pid_inode);
  head.string("boot_id", info.boot_id);
  head.number("pid_namespace", info.pid_namespace);
  head.number("monitor_pid", info.monitor_pid);
  add_exit(head, info.exit_status);
  if (info.reason.empty())
    head.null("reason");
  else
    head.string("reason", reason_text(info.reason));
  head.time("created_at", info.created_at);
  head.time("started_at", info.started_at);
  head.time("ended_at", info.ended_at);
  head.number("orphans", info.orphans);
  add_usage(head, info.rusage);
  std::string object = head.finished();
  object.insert(object.size() - 1, more);
  return object;
}

std::string head_text(const JobInfo& info, std::string_view more) {
  return sealed_head(head_object(info, more));
}

std::string tail_text(const Record& record) {
  const JobInfo& info = record.info;
  const JobSpec& spec = record.spec;
  ObjectText tail;
  tail.string("host", printable(info.host));
  tail.boolean("daemon", info.daemon);
  tail.object("parent", parent_object(info.parent));
  tail.string("sentinel", names::sentinel);
  tail.text("cwd", info.cwd);
  add_logs(tail, info);
  tail.texts("target", spec.target);
  ObjectText labels;
  for (const auto& [key, value] : spec.labels) labels.string(key, value);
  tail.object("labels", labels);
  tail.string("start_method", to_string(spec.method.value_or(StartMethod::fork)));
  if (spec.timeout)
    tail.seconds("timeout", static_cast<double>(spec.timeout->count()) / 1000);
  else
    tail.null("timeout");
  tail.raw("options", options_text(spec));
  return tail.finished().substr(1) + "\n";
}

std::string tail_with_identity(const std::string& tail, const std::string& identity) {
  ObjectText field;
  field.string("identity", identity);
  const std::string object = field.finished();
  return object.substr(1, object.size() - 2) + "," + tail;
}

std::string sealed_head(std::string_view object) {
  // Without its closing brace, since the tail goes on with it; padded; the checksum first.
  std::string head;
  head.reserve(head_size);
  head.append(check_key)
      .append(check_digits, '0')
      .append("\",")
      .append(object.substr(1, object.size() - 2)) += ',';
  if (head.size() >= head_size) throw Error(Errc::bad_value, "write record: its head is too long");
  head.resize(head_size - 1, ' ');
  head += '\n';
  head.replace(check_key.size(), check_digits, digits_of(head));
  return head;
}

bool is_whole(std::string_view text) {
  return text.size() > head_size && text.compare(0, check_key.size(), check_key) == 0 &&
         text.substr(check_key.size(), check_digits) == digits_of(text.substr(0, head_size));
}

}  // namespace brood::store
