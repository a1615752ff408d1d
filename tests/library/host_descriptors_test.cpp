// SPDX-License-Identifier: MIT
// Hosts with closed standard streams, and without room for descriptors or processes.
#include <doctest/doctest.h>

#include "support/host.hpp"
#include "support/sanitizers.hpp"

namespace {

using namespace brood::test;
using brood::StartMethod;

std::string streams(const std::string& in, const std::string& out, const std::string& err) {
  return " " + in + " " + out + " " + err;
}

TEST_CASE("closed standard streams stay closed, or become what was asked for, and nothing else lands there") {
  for_each_method([](StartMethod method) {
    for (int closed = 0; closed < 8; ++closed) {
      CAPTURE(closed);
      const auto inherited = [&](int number) -> std::string {
        if (closed & 1 << number) return "closed";
        return "/proc/PID/stat";
      };
      const std::string rest = " passed:/proc/PID/status +anon_inode:[pidfd] 0";
      std::string said = facts_of("closed-streams", method, {std::to_string(closed)});
      // The host's, whichever number it has.
      for (std::size_t at = 0; (at = said.find("/proc/", at)) != std::string::npos; ++at)
        said.replace(at + 6, said.find('/', at + 6) - at - 6, "PID");
      const std::string null = "/dev/null";
      CHECK(said == listed({
                        "inherit" + streams(inherited(0), inherited(1), inherited(2)) + rest,
                        "null" + streams(null, null, null) + rest,
                        "pipe" + streams("pipe", "pipe", "pipe") + rest,
                        "some" + streams(null, inherited(1), "pipe") + rest,
                        "command through 0",
                        "host as before",
                    }));
    }
  });
}

TEST_CASE("nobody but a child holds the ends of its pipes") {
  for_each_method([](StartMethod method) {
    CHECK(facts_of("pipes-end", method) == listed({"copied through", "lives", "code -9"}));
  });
}

TEST_CASE("a start that lacks descriptors is an error that leaves nothing, and can be tried again" *
          doctest::skip(under_address_sanitizer)) {
  for_each_method([](StartMethod method) {
    CHECK(facts_of("no-descriptors", method) == listed({"failed", "failed", "odd", "left 0"}));
  });
}

TEST_CASE("a start that may have no process is an error that leaves nothing, and can be tried again") {
  for_each_method([](StartMethod method) {
    const std::string said = facts_of("no-processes", method);
    if (said == "skipped\n") return;
    Facts expected{"EAGAIN", "left 0"};
    if (method == StartMethod::fork) expected.push_back("then 7");
    for (const char* fact : {"EAGAIN", "left 0", "then 7"}) expected.push_back(fact);
    CHECK(said == listed(expected));
  });
}

}  // namespace
