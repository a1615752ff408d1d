// SPDX-License-Identifier: MIT
// A job's record, job.json: as it stands, and with the head sealed here, since hardly a checksum is right by chance. For
// that the input is the head as a JSON object, a line break, and the tail.
#include "store/record.hpp"
#include "fuzz/fuzz.hpp"

using namespace brood;
using namespace brood::fuzz;
using namespace brood::store;

namespace {

const std::error_code damaged = Errc::record_damaged;
const std::error_code too_new = Errc::record_too_new;
const std::error_code too_long = Errc::bad_value;

struct Written {
  std::string head;
  std::string tail;
  friend bool operator==(const Written&, const Written&) = default;
};

Written written(const Record& record) { return {head_object(record.info), tail_text(record)}; }

void check_values(const Record& record) {
  const JobInfo& info = record.info;
  require(!info.pid || *info.pid > 1, "a target is neither nobody nor process 1");
  require(info.monitor_pid >= 0 && info.parent.pid >= 0, "no process has a negative number");
  require(info.id >= 1, "an id is positive");
  if (info.exit_status)
    require(info.exit_status->exitcode() >= -64 && info.exit_status->exitcode() <= 255,
            "an exit status is one that there can be");
  const JobSpec& spec = record.spec;
  require(spec.grace.count() >= 0 && spec.grace <= longest_duration, "a grace is a length of time");
  require(!spec.timeout || (spec.timeout->count() >= 0 && *spec.timeout <= longest_duration),
          "a limit is a length of time");
  require(!spec.umask || *spec.umask <= 0777, "a umask has nine bits");
}

// What can be read is written again and read as the same.
void try_record(std::string_view text) {
  Record record;
  if (!accepts([&] { record = parse_record(text); }, {damaged, too_new})) return;
  require(is_whole(text), "only a whole record is read");
  check_values(record);
  const Written first = written(record);
  std::string head;
  if (!accepts([&] { head = sealed_head(first.head); }, {too_long})) return;
  require(head.size() == head_size, "a head has its size");
  Record again;
  require(accepts([&] { again = parse_record(head + first.tail); }, {damaged, too_new}),
          "what is written can be read");
  require(written(again) == first, "it comes back as the same");
}

// What a later version has put into a head survives a write by this one, and so does all else when the name changes.
void try_changes(std::string_view text) {
  JobInfo info;
  const std::string more = unknown_fields(text);
  std::string head;
  if (accepts([&] { head = head_text(info, more); }, {too_long})) {
    require(is_whole(head + "}"), "a head with unknown fields is whole");
    require(unknown_fields(head + "}") == more, "unknown fields survive");
  }
  if (!accepts([&] { head = head_with_name(text, "another"); }, {damaged, too_long})) return;
  require(is_whole(head + "}"), "a head with another name is whole");
  require(unknown_fields(head + "}") == more, "unknown fields survive a change of name");
  Record before, after;
  const std::string_view tail = text.substr(std::min(text.size(), head_size));
  if (!accepts([&] { before = parse_record(text); }, {damaged, too_new})) return;
  require(accepts([&] { after = parse_record(head + std::string(tail)); }, {damaged, too_new}),
          "a record with another name can be read");
  require(after.info.name == "another", "the name is the new one");
  before.info.name = after.info.name;
  require(written(before) == written(after), "all but the name stays");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(data, size);
  try_record(text);
  try_changes(text);
  (void)accepts([&] { (void)parse_head(text); }, {damaged, too_new});
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view object = text.substr(0, end);
  if (object.size() < 2 || object.front() != '{' || object.back() != '}') return 0;
  (void)accepts([&] { (void)parse_head(object); }, {damaged, too_new});
  std::string sealed;
  if (!accepts([&] { sealed = sealed_head(object); }, {too_long})) return 0;
  sealed += text.substr(std::min(end + 1, text.size()));
  try_record(sealed);
  try_changes(sealed);
  return 0;
}
