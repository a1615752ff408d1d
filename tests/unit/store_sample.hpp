// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>

#include "base/checksum.hpp"
#include "store/record.hpp"

namespace brood::test {

inline WallTime wall(std::int64_t ms) { return WallTime(std::chrono::milliseconds(ms)); }

/// A record in which nothing has its default value.
inline store::Record full_record() {
  store::Record record;
  JobInfo& info = record.info;
  info.id = 4711;
  info.name = "w\u00e9b \"1\"";
  info.cwd = "/srv/caf\xe9";
  info.daemon = true;
  info.parent = {12, 345, 678901};
  info.state = JobState::exited;
  info.pid = 23456;
  info.pid_start_time = 1234567890123;
  info.pid_inode = 98765;
  info.boot_id = "0d1f7b0e-0000-4000-8000-000000000001";
  info.pid_namespace = 4026531836;
  info.host = "host-1";
  info.monitor_pid = 23455;
  info.exit_status = ExitStatus::signalled(6, true);
  info.reason = "timeout";
  info.created_at = wall(1'772'366'400'001);
  info.started_at = wall(1'772'366'400'020);
  info.ended_at = wall(1'772'366'400'300);
  info.orphans = 3;
  info.rusage = ResourceUsage{1.25, 0.5, 4096, 7, 8, 9};
  info.stdout_log = "stdout.log";
  info.stderr_log = "/var/log/caf\xe9";

  JobSpec& spec = record.spec;
  spec.target = {"./x", "caf\xe9", "", "two\nlines", "\u65e5\u672c"};
  spec.labels = {{"tier", "w\u00e9b"}, {"", "empty key"}, {"empty value", ""}};
  spec.method = StartMethod::spawn;
  spec.cwd = "caf\xe9/below";
  spec.clear_env = true;
  spec.unset_env = {"A", "\xff"};
  spec.set_env = {{"NAME", "secret"}, {"OTHER\xff", "secret"}};
  spec.stdin_file = "/in";
  spec.stdout_file = "out\xff";
  spec.stderr_file = "err";
  spec.split_logs = true;
  spec.pass_fds = {3, 7};
  spec.inherit_fds = true;
  spec.umask = 0;
  spec.nice = 0;
  spec.limits = {
      {"nofile", 64, Limit::unlimited}, {"as", Limit::unlimited - 1, Limit::unlimited}, {"core", 0, 0}};
  spec.timeout = std::chrono::milliseconds(1);
  spec.stop_signal = 37;
  spec.grace = std::chrono::milliseconds(0);
  spec.orphans = OrphanPolicy::leave;
  return record;
}

inline std::string text_of(const store::Record& record) {
  return store::head_text(record.info) + store::tail_text(record);
}

/// `text` with `from` replaced by `to` in its head, at the same length and with a checksum that fits.
inline std::string with_head_changed(std::string text, const std::string& from, const std::string& to) {
  text.replace(text.find(from), from.size(), to);
  const std::size_t newline = store::head_size - 1 + to.size() - from.size();
  if (to.size() > from.size())
    text.erase(newline - (to.size() - from.size()), to.size() - from.size());
  else
    text.insert(newline, from.size() - to.size(), ' ');
  char digits[17];
  std::snprintf(
      digits, sizeof digits, "%016llx",
      static_cast<unsigned long long>(checksum(std::string_view(text).substr(26, store::head_size - 26))));
  return text.replace(10, 16, digits);
}

}  // namespace brood::test
