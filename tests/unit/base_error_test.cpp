// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cerrno>
#include <set>

#include "brood/error.hpp"
#include "brood/exit_status.hpp"
#include "support/failure.hpp"

using namespace brood;
using brood::test::system_error;

TEST_CASE("each code has a stable name") {
  const std::pair<Errc, const char*> names[] = {
      {Errc::bad_value, "bad_value"},           {Errc::bad_name, "bad_name"},
      {Errc::no_such_job, "no_such_job"},       {Errc::ambiguous_job, "ambiguous_job"},
      {Errc::name_in_use, "name_in_use"},       {Errc::already_started, "already_started"},
      {Errc::not_started, "not_started"},       {Errc::still_running, "still_running"},
      {Errc::orphans_alive, "orphans_alive"},   {Errc::exit_unknown, "exit_unknown"},
      {Errc::never_reached, "never_reached"},   {Errc::record_damaged, "record_damaged"},
      {Errc::record_too_new, "record_too_new"}, {Errc::state_dir_refused, "state_dir_refused"},
      {Errc::monitor_gone, "monitor_gone"},     {Errc::protocol_mismatch, "protocol_mismatch"},
      {Errc::not_inside_job, "not_inside_job"}, {Errc::launch_failed, "launch_failed"},
      {Errc::unsupported, "unsupported"},
  };
  for (const auto& [code, name] : names) CHECK(error_code_name(code) == name);
}

TEST_CASE("the numbers of the codes never change: they are sent between versions") {
  CHECK(static_cast<int>(Errc::bad_value) == 1);
  CHECK(static_cast<int>(Errc::name_in_use) == 5);
  CHECK(static_cast<int>(Errc::record_damaged) == 11);
  CHECK(static_cast<int>(Errc::unsupported) == 18);
}

TEST_CASE("no two codes say the same") {
  std::set<std::string> words;
  for (int code = 1; code <= 18; ++code) words.insert(error_category().message(code));
  CHECK(words.size() == 18);
  CHECK(words.count("") == 0);
  CHECK(std::string(error_category().name()) == "brood");
}

TEST_CASE("errors of the system go by the names of errno") {
  CHECK(error_code_name(system_error(ENOENT)) == "ENOENT");
  CHECK(error_code_name(system_error(EACCES)) == "EACCES");
  CHECK(error_code_name(system_error(99999)) == "99999");
}

TEST_CASE("an error says what was being done, and why it failed") {
  const Error error(Errc::no_such_job, "find job 'x'");
  CHECK(std::string(error.what()) == "find job 'x': no such job");
  CHECK(error.doing() == "find job 'x'");
  CHECK(error.hint() == "");
  CHECK(error.exit_status() == 125);
  CHECK(error.code() == Errc::no_such_job);
  CHECK(error.code() != Errc::bad_name);

  const Error missing(system_error(ENOENT), "open '/x'");
  CHECK(std::string(missing.what()) == "open '/x': No such file or directory");
  CHECK(missing.code() == std::errc::no_such_file_or_directory);
}

TEST_CASE("a code that only sorts the error adds no words") {
  for (const Errc code :
       {Errc::bad_value, Errc::bad_name, Errc::record_damaged, Errc::state_dir_refused, Errc::unsupported})
    CHECK(std::string(Error(code, "limit 'x': no such limit").what()) == "limit 'x': no such limit");
}

TEST_CASE("seen from further out, an error keeps its code, hint and exit status") {
  const Error inner = Error(system_error(ENOENT), "open '/x'", "make it").with_exit_status(127);
  const Error outer = inner.during("start job 3");
  CHECK(std::string(outer.what()) == "start job 3: open '/x': No such file or directory");
  CHECK(outer.code() == system_error(ENOENT));
  CHECK(outer.hint() == "make it");
  CHECK(outer.exit_status() == 127);
}

TEST_CASE("an exit status is a code or a signal") {
  const ExitStatus exited = ExitStatus::exited(3);
  CHECK_FALSE(exited.is_signalled());
  CHECK(exited.exitcode() == 3);
  CHECK(exited.shell_status() == 3);
  CHECK(exited.signal() == 0);

  const ExitStatus killed = ExitStatus::signalled(9, false);
  CHECK(killed.is_signalled());
  CHECK(killed.exitcode() == -9);
  CHECK(killed.shell_status() == 137);
  CHECK(killed.signal() == 9);
  CHECK_FALSE(killed.core_dumped());
  CHECK(ExitStatus::signalled(6, true).core_dumped());
}

TEST_CASE("of an exit code eight bits count") {
  CHECK(ExitStatus::exited(256).exitcode() == 0);
  CHECK(ExitStatus::exited(-1).exitcode() == 255);
}

TEST_CASE("exit statuses are equal when all of them is") {
  CHECK(ExitStatus::exited(3) == ExitStatus::exited(3));
  CHECK(ExitStatus::exited(9) != ExitStatus::signalled(9, false));
  CHECK(ExitStatus::signalled(6, false) != ExitStatus::signalled(6, true));
}
