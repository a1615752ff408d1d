// SPDX-License-Identifier: MIT
// Records that are torn, damaged, forged or from the future.
#include <doctest/doctest.h>

#include "store/record.hpp"
#include "support/failure.hpp"
#include "support/random.hpp"
#include "unit/store_sample.hpp"

using namespace brood;
using namespace brood::store;
using namespace brood::test;

namespace {

Record running() {
  Record record = full_record();
  record.info.state = JobState::running;
  record.info.exit_status.reset();
  record.info.ended_at.reset();
  record.info.rusage.reset();
  record.info.reason.clear();
  return record;
}

std::error_code problem_of(const std::string& text) {
  return failure_of([&] { return parse_record(text); }).code();
}

// Loads, or is refused in one of the two ways that there are. False if it was refused.
bool is_accepted(const std::string& text) {
  try {
    (void)parse_record(text);
    return true;
  } catch (const Error& problem) {
    CHECK((problem.code() == Errc::record_damaged || problem.code() == Errc::record_too_new));
    return false;
  }
}

}  // namespace

TEST_CASE("a head with any one byte changed is not whole") {
  const std::string text = text_of(full_record());
  int taken_for_whole = 0;
  for (std::size_t at = 0; at < head_size; ++at)
    for (const int change : {0x01, 0x20, 0x80}) {
      std::string damaged = text;
      damaged[at] = static_cast<char>(damaged[at] ^ change);
      taken_for_whole += is_whole(damaged);
    }
  CHECK(taken_for_whole == 0);
}

TEST_CASE("a head with any one byte changed is refused") {
  const std::string text = text_of(full_record());
  int accepted = 0;
  for (std::size_t at = 0; at < head_size; ++at) {
    std::string damaged = text;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x01);
    accepted += is_accepted(damaged);
  }
  CHECK(accepted == 0);
}

TEST_CASE("a head torn between two writes is never accepted for a third") {
  const std::string tail = tail_text(full_record());
  const std::string before = head_text(running().info);
  const std::string after = head_text(full_record().info);
  REQUIRE(before != after);
  int whole = 0;
  for (std::size_t k = 0; k <= head_size; ++k)
    for (const auto& torn : {before.substr(0, k) + after.substr(k), after.substr(0, k) + before.substr(k)}) {
      if (!is_whole(torn + tail)) continue;
      CHECK((torn == before || torn == after));
      ++whole;
    }
  // Both ends of both, and where nothing but equal bytes has been exchanged.
  CHECK(whole >= 4);
  CHECK(whole < 2 * 2049);
}

TEST_CASE("a head without a tail is not whole") {
  CHECK_FALSE(is_whole(head_text({})));
  CHECK_FALSE(is_whole(""));
}

TEST_CASE("a record cut short anywhere is damaged") {
  const std::string text = text_of(full_record());
  for (std::size_t length = 0; length < text.size() - 1; ++length)
    CHECK(problem_of(text.substr(0, length)) == Errc::record_damaged);
}

TEST_CASE("what is no record is damaged") {
  CHECK(problem_of("") == Errc::record_damaged);
  CHECK(problem_of("\n") == Errc::record_damaged);
  CHECK(problem_of("not JSON") == Errc::record_damaged);
  CHECK(problem_of("[]") == Errc::record_damaged);
  CHECK(problem_of("{}") == Errc::record_damaged);
  CHECK(problem_of("null") == Errc::record_damaged);
  CHECK(problem_of("{\"version\":\"1\"}") == Errc::record_damaged);
  CHECK(problem_of("{\"version\":1}") == Errc::record_damaged);
  CHECK(problem_of(std::string(4096, '\0')) == Errc::record_damaged);
  CHECK(problem_of(std::string(100'000, '[')) == Errc::record_damaged);
  CHECK(problem_of(std::string(100'000, '{')) == Errc::record_damaged);
}

TEST_CASE("an intact record of another version of the format is too new") {
  const std::string text = with_head_changed(text_of(full_record()), "\"version\":1,", "\"version\":2,");
  CHECK(is_whole(text));
  CHECK(problem_of(text) == Errc::record_too_new);
}

TEST_CASE("fields of the wrong kind are damage") {
  const std::string text = text_of(full_record());
  REQUIRE(is_accepted(with_head_changed(text, "\"id\":4711", "\"id\":4712")));
  CHECK(problem_of(with_head_changed(text, "\"id\":4711", "\"id\":\"47\"")) == Errc::record_damaged);
  CHECK(problem_of(with_head_changed(text, "\"state\":\"exited\"", "\"state\":\"gone\"")) ==
        Errc::record_damaged);
  CHECK(problem_of(with_head_changed(text, "\"state\":\"exited\"", "\"state\":5")) == Errc::record_damaged);
  CHECK(problem_of(with_head_changed(text, "\"exitcode\":-6", "\"exitcode\":[]")) == Errc::record_damaged);
}

TEST_CASE("a pid that no job can have is not believed") {
  const std::string text = text_of(full_record());
  for (const std::string pid : {"0", "1", "-1", "-23456"}) {
    CAPTURE(pid);
    CHECK_FALSE(
        parse_record(with_head_changed(text, "\"pid\":23456", std::string("\"pid\":") + pid)).info.pid);
  }
}

TEST_CASE("whatever stands in a tail, the record loads or is damaged") {
  const std::string head = head_text(full_record().info);
  const std::string tail = tail_text(full_record());
  Random random(2);
  int accepted = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = tail;
    const std::size_t changes = 1 + random.below(3);
    for (std::size_t i = 0; i < changes; ++i) {
      // Mostly characters that mean something to JSON.
      constexpr std::string_view marks = "{}[]\",:0-n";
      const std::size_t at = random.below(damaged.size());
      damaged[at] = random.below(4) == 0 ? random.byte() : marks[random.below(marks.size())];
    }
    accepted += is_accepted(head + damaged);
  }
  CHECK(accepted > 0);
  CHECK(accepted < 3000);
}

TEST_CASE("a new name leaves everything else in the head alone, also what only later versions know") {
  const std::string later =
      with_head_changed(text_of(full_record()), "\"orphans\":3", "\"orphans\":3,\"future\":{\"a\":[1,null]}");
  REQUIRE(is_whole(later));
  const std::string head = head_with_name(later, "n\u00e9w");
  CHECK(head.size() == head_size);
  CHECK(head.find("\"future\":{\"a\":[1,null]}") != std::string::npos);
  const Record renamed = parse_record(head + later.substr(head_size));
  CHECK(renamed.info.name == "n\u00e9w");
  CHECK(renamed.info.id == 4711);
  CHECK(renamed.info.exit_status == ExitStatus::signalled(6, true));
  CHECK(renamed.info.pid_start_time == 1234567890123);
}

TEST_CASE("renaming to the same name changes no byte") {
  const std::string text = text_of(full_record());
  CHECK(head_with_name(text, full_record().info.name) == text.substr(0, head_size));
}

TEST_CASE("a head that is no JSON is not renamed") {
  CHECK(failure_of([] { return head_with_name("nonsense", "x"); }).code() == Errc::record_damaged);
}
