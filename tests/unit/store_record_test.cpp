// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "brood/text.hpp"
#include "store/record.hpp"
#include "support/failure.hpp"
#include "support/temp_dir.hpp"
#include "unit/store_sample.hpp"

using namespace brood;
using namespace brood::store;
using namespace brood::test;

namespace {

Record read_back(const Record& record) { return parse_record(text_of(record)); }

}  // namespace

TEST_CASE("a head is as long as every other, and ends in a newline") {
  CHECK(head_text({}).size() == 2048);
  CHECK(head_text(full_record().info).size() == 2048);
  CHECK(head_text(full_record().info).back() == '\n');
  CHECK(is_whole(text_of(full_record())));
}

TEST_CASE("every field of a job is read back as it was written") {
  const JobInfo before = full_record().info;
  const JobInfo info = read_back(full_record()).info;
  CHECK(info.version == 1);
  CHECK(info.id == before.id);
  CHECK(info.name == before.name);
  CHECK(info.labels == full_record().spec.labels);
  CHECK(info.target == full_record().spec.target);
  CHECK(info.cwd == before.cwd);
  CHECK(info.start_method == StartMethod::spawn);
  CHECK(info.daemon);
  CHECK(info.parent.job == 12);
  CHECK(info.parent.pid == 345);
  CHECK(info.parent.start_time == 678901);
  CHECK(info.state == JobState::exited);
  CHECK(info.pid == 23456);
  CHECK(info.pid_start_time == before.pid_start_time);
  CHECK(info.pid_inode == before.pid_inode);
  CHECK(info.boot_id == before.boot_id);
  CHECK(info.pid_namespace == before.pid_namespace);
  CHECK(info.host == before.host);
  CHECK(info.monitor_pid == before.monitor_pid);
  CHECK(info.exit_status == ExitStatus::signalled(6, true));
  CHECK(info.reason == "timeout");
  CHECK(info.created_at == before.created_at);
  CHECK(info.started_at == before.started_at);
  CHECK(info.ended_at == before.ended_at);
  CHECK(info.timeout == std::chrono::milliseconds(1));
  CHECK(info.orphans == 3);
  REQUIRE(info.rusage.has_value());
  CHECK(info.rusage->user_s == 1.25);
  CHECK(info.rusage->system_s == 0.5);
  CHECK(info.rusage->max_rss_kib == 4096);
  CHECK(info.rusage->major_faults == 7);
  CHECK(info.rusage->block_reads == 8);
  CHECK(info.rusage->block_writes == 9);
  CHECK(info.stdout_log == before.stdout_log);
  CHECK(info.stderr_log == before.stderr_log);
}

TEST_CASE("everything that was asked of a job is read back, but for the values of its environment") {
  const JobSpec before = full_record().spec;
  const JobSpec spec = read_back(full_record()).spec;
  CHECK(spec.target == before.target);
  CHECK(spec.labels == before.labels);
  CHECK(spec.method == before.method);
  CHECK(spec.cwd == before.cwd);
  CHECK(spec.clear_env);
  CHECK(spec.unset_env == before.unset_env);
  CHECK(spec.set_env == std::map<std::string, std::string>{{"NAME", ""}, {"OTHER\xff", ""}});
  CHECK(spec.stdin_file == before.stdin_file);
  CHECK(spec.stdout_file == before.stdout_file);
  CHECK(spec.stderr_file == before.stderr_file);
  CHECK(spec.split_logs);
  CHECK(spec.pass_fds == before.pass_fds);
  CHECK(spec.inherit_fds);
  CHECK(spec.umask == 0u);
  CHECK(spec.nice == 0);
  REQUIRE(spec.limits.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(spec.limits[i].name == before.limits[i].name);
    CHECK(spec.limits[i].soft == before.limits[i].soft);
    CHECK(spec.limits[i].hard == before.limits[i].hard);
  }
  CHECK(spec.timeout == before.timeout);
  CHECK(spec.stop_signal == 37);
  CHECK(spec.grace == before.grace);
  CHECK(spec.orphans == OrphanPolicy::leave);
}

TEST_CASE("values of the environment are not in the record") {
  CHECK(text_of(full_record()).find("NAME") != std::string::npos);
  CHECK(text_of(full_record()).find("secret") == std::string::npos);
}

TEST_CASE("what was not said is not there when it is read back") {
  Record record;
  record.info.id = 1;
  record.info.name = "x";
  record.spec.target = {"x"};
  const Record back = read_back(record);
  CHECK(back.info.state == JobState::created);
  CHECK_FALSE(back.info.pid.has_value());
  CHECK_FALSE(back.info.exit_status.has_value());
  CHECK_FALSE(back.info.parent.job.has_value());
  CHECK_FALSE(back.info.created_at.has_value());
  CHECK_FALSE(back.info.ended_at.has_value());
  CHECK_FALSE(back.info.timeout.has_value());
  CHECK_FALSE(back.info.rusage.has_value());
  CHECK(back.info.reason == "");
  CHECK(back.info.stdout_log == "");
  CHECK_FALSE(back.spec.umask.has_value());
  CHECK_FALSE(back.spec.nice.has_value());
  CHECK_FALSE(back.spec.orphans.has_value());
  CHECK(back.spec.stop_signal == 15);
  CHECK(back.spec.grace == std::chrono::seconds(10));
  CHECK(back.spec.limits.empty());
  CHECK_FALSE(back.spec.clear_env);
}

TEST_CASE("every way to end is read back") {
  Record record = full_record();
  for (const ExitStatus status :
       {ExitStatus::exited(0), ExitStatus::exited(255), ExitStatus::signalled(9, false),
        ExitStatus::signalled(64, false), ExitStatus::signalled(11, true)}) {
    record.info.exit_status = status;
    CHECK(read_back(record).info.exit_status == status);
  }
}

TEST_CASE("every stop signal is read back") {
  Record record = full_record();
  for (int signal = 1; signal <= 64; ++signal) {
    if (signal == 32 || signal == 33) continue;  // the C library's own; nobody can ask for them
    record.spec.stop_signal = signal;
    CHECK(read_back(record).spec.stop_signal == signal);
  }
}

TEST_CASE("every time limit is read back") {
  Record record = full_record();
  for (const std::int64_t ms : {1LL, 999LL, 1001LL, 86'400'007LL, 2'305'843'009'213LL}) {
    record.spec.timeout = std::chrono::milliseconds(ms);
    CHECK(read_back(record).spec.timeout == std::chrono::milliseconds(ms));
  }
}

TEST_CASE("an overlong reason is cut, whatever it consists of") {
  std::string accents;  // of no width at all
  for (int i = 0; i < 5000; ++i) accents += "\u0301";
  std::string wide;
  for (int i = 0; i < 5000; ++i) wide += "\u65e5";
  for (const std::string& reason :
       {std::string(10'000, 'y'), std::string(10'000, '"'), std::string(10'000, '\xff'),
        std::string(10'000, '\n'), wide, "e" + accents}) {
    Record record = full_record();
    record.info.reason = reason;
    const std::string text = text_of(record);
    CHECK(is_whole(text));
    CHECK(parse_record(text).info.reason.size() >= 100);
    CHECK(parse_record(text).info.reason.size() < 2000);
  }
}

TEST_CASE("the longest that a name, a reason and numbers can get fits into a head") {
  Record record = full_record();
  record.info.id = 1'000'000'000'000;
  record.info.name = std::string(255, '"');
  record.info.reason = std::string(399, '"');
  record.info.pid = record.info.monitor_pid = 2'147'483'647;
  record.info.pid_start_time = record.info.pid_inode = record.info.pid_namespace =
      18'446'744'073'709'551'615u;
  record.info.orphans = 2'147'483'647;
  record.info.rusage =
      ResourceUsage{123456789.123456,          123456789.123456,          9'223'372'036'854'775'807,
                    9'223'372'036'854'775'807, 9'223'372'036'854'775'807, 9'223'372'036'854'775'807};
  const Record back = read_back(record);
  CHECK(back.info.name == record.info.name);
  CHECK(back.info.reason == record.info.reason);
  CHECK(back.info.pid_start_time == record.info.pid_start_time);
}

TEST_CASE("a name of any characters that are allowed is read back") {
  Record record = full_record();
  for (const char* name : {"\\", "\"", "\u65e5\u672c", "a b", "{}", "\",\"state\":\"lost", "\U0001f411"}) {
    record.info.name = name;
    CHECK(read_back(record).info.name == name);
  }
}

TEST_CASE("the stored sample of format version 1 loads, each field of it, and is written again the same") {
  const std::string text = contents_of(std::string(BROOD_TEST_DATA) + "/record-v1.json");
  REQUIRE(text.size() > head_size);
  CHECK(is_whole(text));
  const Record record = parse_record(text);
  const JobInfo& info = record.info;
  CHECK(info.version == 1);
  CHECK(info.id == 2);
  CHECK(info.name == "b\u00e4ckend");
  CHECK(info.state == JobState::exited);
  CHECK(info.pid == 14);
  CHECK(info.pid_start_time == 500991);
  CHECK(info.pid_inode == 139740);
  CHECK(info.boot_id == "5f0c2c6e-8f0e-4d0a-9d35-1f2e3d4c5b6a");
  CHECK(info.pid_namespace == 4026532179);
  CHECK(info.monitor_pid == 13);
  CHECK(info.exit_status == ExitStatus::signalled(9, false));
  CHECK(info.reason == "timeout");
  CHECK(info.created_at == parse_time("2026-11-26T00:34:19.399Z"));
  CHECK(info.started_at == parse_time("2026-11-26T00:34:19.399Z"));
  CHECK(info.ended_at == parse_time("2026-11-26T00:34:19.900Z"));
  CHECK(info.orphans == 0);
  REQUIRE(info.rusage.has_value());
  CHECK(info.rusage->user_s == 0.001115);
  CHECK(info.rusage->max_rss_kib == 2192);
  CHECK(info.host == "example");
  CHECK_FALSE(info.daemon);
  CHECK(info.identity == "Process-2");  // not yet on record then
  CHECK(info.parent.job == 1);
  CHECK(info.parent.pid == 9);
  CHECK(info.parent.start_time == 498113);
  CHECK(info.cwd == "/srv/app/work");
  CHECK(info.stdout_log == "stdout.log");
  CHECK(info.stderr_log == "stderr.log");

  const JobSpec& spec = record.spec;
  CHECK(spec.target ==
        std::vector<std::string>{"sh", "-c", "trap \"\" INT; while :; do sleep 1; done", "caf\xe9"});
  CHECK(spec.labels == std::map<std::string, std::string>{{"release", "2026-11"}, {"tier", "web"}});
  CHECK(spec.method == StartMethod::spawn);
  CHECK(spec.timeout == std::chrono::milliseconds(300));
  CHECK(spec.cwd == "/srv/app/work");
  CHECK(spec.unset_env == std::vector<std::string>{"DISPLAY"});
  CHECK(spec.set_env == std::map<std::string, std::string>{{"LANG", ""}, {"TOKEN", ""}});
  CHECK(spec.stdin_file == "input.txt");
  CHECK(spec.split_logs);
  CHECK(spec.pass_fds == std::vector<int>{7});
  CHECK(spec.umask == 027u);
  CHECK(spec.nice == 5);
  REQUIRE(spec.limits.size() == 2);
  CHECK(spec.limits[0].name == "nofile");
  CHECK(spec.limits[0].soft == 256u);
  CHECK(spec.limits[0].hard == 1024u);
  CHECK(spec.limits[1].name == "core");
  CHECK(spec.stop_signal == 2);
  CHECK(spec.grace == std::chrono::milliseconds(200));
  CHECK(spec.orphans == OrphanPolicy::wait);

  CHECK(head_text(info, unknown_fields(text)) + tail_text(record) == text);
}
