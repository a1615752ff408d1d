// SPDX-License-Identifier: MIT
// The fork server in trouble, and its children.
#include <doctest/doctest.h>

#include "support/host.hpp"

namespace {

using namespace brood::test;
using brood::StartMethod;

TEST_CASE("a fork server that is stopped or killed does not keep children from being started and known") {
  CHECK(facts_of("server-trouble", StartMethod::forkserver) ==
        listed({"stopped 3", "server the same", "server gone", "before lives", "server another", "before 0",
                "after lives", "after -9", "stop yes", "anew 4", "stop yes", "last 0", "left 0"}));
}

TEST_CASE("a child whose start was given up is none") {
  const std::string said = facts_of("server-timeout", StartMethod::forkserver);
  if (said == "skipped\n") return;  // it may not be traced here
  CHECK(said == listed({"hasty timed_out", "state initial", "patient 6", "left 0"}));
}

TEST_CASE("the C library is sound in a child of the fork server, as in any") {
  for_each_method([](StartMethod method) {
    const Facts sound{"codes 0 0 0 0 -6 -10 -12", "died with it 0", "owner dead", "left 0"};
    CHECK(facts_of("child-is-sound", method) == listed(sound));
    CHECK(facts_of("child-is-sound", method, {"clone3"}) == listed(sound));
  });
}

}  // namespace
