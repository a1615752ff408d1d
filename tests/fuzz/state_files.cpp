// SPDX-License-Identifier: MIT
// The smaller files of a state directory: config.json, the fork server's record, a job's environment, its children. The
// first byte says which.
#include "fuzz/fuzz.hpp"
#include "store/config.hpp"
#include "store/family.hpp"
#include "store/job_dir.hpp"
#include "store/server_record.hpp"

using namespace brood;
using namespace brood::fuzz;
using namespace brood::store;

namespace {

const std::error_code damaged = Errc::config_damaged;
const std::error_code too_new = Errc::config_too_new;

void try_config(std::string_view text) {
  Config config;
  const bool is_readable = accepts([&] { config = parse_config(text); }, {damaged, too_new});
  std::string changed;
  if (!accepts([&] { changed = config_with(text, StartMethod::spawn); }, {too_new})) {
    require(!is_readable, "what can be read can be changed");
    return;
  }
  require(accepts([&] { config = parse_config(changed); }, {damaged, too_new}),
          "what is written can be read");
  require(config.start_method == StartMethod::spawn, "the method is the new one");
  require(config_with(changed, StartMethod::spawn) == changed, "nothing else changes");
}

void try_server_record(std::string_view text) {
  const auto record = parse_server_record(text);
  if (!record) return;
  require(record->pid > 0, "a server is a process");
  const std::string written = server_record_text(*record);
  const auto again = parse_server_record(written);
  require(again && server_record_text(*again) == written, "a server's record comes back");
}

void try_environment(std::string_view bytes) {
  std::map<std::string, std::string> values;
  if (!accepts([&] { values = environment_from(bytes); }, {Errc::record_damaged})) return;
  std::map<std::string, std::string> again;
  require(accepts([&] { again = environment_from(environment_bytes(values)); }, {}), "it can be read again");
  require(again == values, "an environment comes back");
}

void try_children(std::string_view text) {
  for (const JobId child : children_from(text)) require(child >= 1 && child <= most_ids, "a child has an id");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = text_of(data, size);
  switch (take_byte(text) % 4) {
    case 0: try_config(text); break;
    case 1: try_server_record(text); break;
    case 2: try_environment(text); break;
    default: try_children(text); break;
  }
  return 0;
}
