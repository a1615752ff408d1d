// SPDX-License-Identifier: MIT
// What the library hands from process to process: values, as JSON and as bytes, the birth of a child, and what a pool and
// its workers say. The first byte says which.
#include "brood/value.hpp"
#include "fuzz/fuzz.hpp"
#include "pool/message.hpp"
#include "process/birth.hpp"
#include "process/value_bytes.hpp"

using namespace brood;
using namespace brood::fuzz;

namespace {

const std::error_code mismatch = Errc::protocol_mismatch;
const std::error_code bad_value = Errc::bad_value;

void try_json(std::string_view text) {
  Value value;
  if (!accepts([&] { value = parse_json(text); }, {bad_value})) return;
  std::string json;
  require(accepts([&] { json = to_json(value); }, {}), "what was JSON can be written as JSON");
  require(json.find('\n') == std::string::npos, "JSON is one line");
  require(parse_json(json) == value, "JSON comes back");
  require(process::value_from(process::value_bytes(value)) == value,
          "it survives the way to another process");
}

// What can be read is written again, and read as the same.
template <class Read, class Write>
void try_bytes(std::string_view bytes, Read read, Write write) {
  std::string first;
  if (!accepts([&] { first = write(read(bytes)); }, {mismatch})) return;
  std::string second;
  require(accepts([&] { second = write(read(std::string_view(first))); }, {}), "what is written can be read");
  require(second == first, "it comes back as the same");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes = text_of(data, size);
  switch (take_byte(bytes) % 7) {
    case 0: try_json(bytes); break;
    case 1: try_bytes(bytes, process::value_from, process::value_bytes); break;
    case 2:
      try_bytes(bytes, process::birth_from, [](const process::Birth& birth) { return to_bytes(birth); });
      break;
    case 3:
      try_bytes(bytes, process::birth_and_upbringing_from,
                [](const auto& both) { return to_bytes(both.first, both.second); });
      break;
    case 4: try_bytes(bytes, pool::task_from, [](const pool::Task& task) { return to_bytes(task); }); break;
    case 5:
      try_bytes(bytes, pool::report_from, [](const pool::Report& report) { return to_bytes(report); });
      break;
    default: try_bytes(bytes, pool::call_from, pool::encoded); break;
  }
  return 0;
}
