// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <limits>

#include "base/checksum.hpp"
#include "base/wire.hpp"
#include "support/random.hpp"

using namespace brood;

namespace {

std::string eight_bytes(std::int64_t value) {
  WireWriter writer;
  writer.put(value);
  return writer.bytes();
}

std::string sample() {
  WireWriter writer;
  writer.put(std::int64_t{-2});
  writer.put("text");
  writer.put(std::vector<std::string>{"one", "", std::string("\0\xff", 2)});
  writer.put(true);
  return writer.bytes();
}

// Reads what sample() wrote; whole or not at all.
bool reads_sample(std::string_view bytes) {
  WireReader reader(bytes);
  (void)reader.integer();
  (void)reader.text();
  (void)reader.list();
  (void)reader.integer();
  return reader.at_end();
}

}  // namespace

TEST_CASE("the checksum is FNV-1a") {
  CHECK(checksum("") == 0xcbf29ce484222325);
  CHECK(checksum("a") == 0xaf63dc4c8601ec8c);
  CHECK(checksum("foobar") == 0x85944171f73967e8);
}

TEST_CASE("integers are little-endian on the wire") {
  CHECK(eight_bytes(0x0102) == std::string("\x02\x01\0\0\0\0\0\0", 8));
  CHECK(eight_bytes(-1) == std::string(8, '\xff'));
}

TEST_CASE("what is written is read back") {
  const std::string bytes = sample();
  WireReader reader(bytes);
  CHECK(reader.integer() == -2);
  CHECK(reader.text() == "text");
  CHECK(reader.list() == std::vector<std::string>{"one", "", std::string("\0\xff", 2)});
  CHECK(reader.integer() == 1);
  CHECK(reader.at_end());
}

TEST_CASE("truncated anywhere, it is not taken for whole") {
  const std::string bytes = sample();
  for (std::size_t length = 0; length < bytes.size(); ++length)
    CHECK_FALSE(reads_sample(bytes.substr(0, length)));
  CHECK(reads_sample(bytes));
  CHECK_FALSE(reads_sample(bytes + "x"));
}

TEST_CASE("a length beyond the end is refused") {
  for (const std::int64_t length :
       {std::int64_t{4}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::max(),
        std::numeric_limits<std::int64_t>::min()}) {
    const std::string bytes = eight_bytes(length) + "abc";
    WireReader reader(bytes);
    CHECK(reader.text() == "");
    CHECK_FALSE(reader.ok());
    CHECK_FALSE(reader.at_end());
  }
}

TEST_CASE("a list that claims to be endless ends with its bytes") {
  const std::string bytes = eight_bytes(std::numeric_limits<std::int64_t>::max()) + eight_bytes(1) + "x";
  WireReader reader(bytes);
  CHECK(reader.list().size() <= 2);
  CHECK_FALSE(reader.ok());
}

TEST_CASE("after a failure nothing more is read") {
  const std::string bytes = "short";
  WireReader reader(bytes);
  CHECK(reader.integer() == 0);
  CHECK(reader.text() == "");
  CHECK(reader.list().empty());
  CHECK_FALSE(reader.ok());
}

TEST_CASE("no bytes are too strange to be read") {
  test::Random random(1);
  int whole = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = sample();
    const std::size_t changes = 1 + random.below(4);
    for (std::size_t i = 0; i < changes; ++i) bytes[random.below(bytes.size())] = random.byte();
    whole += reads_sample(bytes.substr(0, random.below(bytes.size() + 1)));
  }
  CHECK(whole > 0);
  CHECK(whole < 20'000);
}
