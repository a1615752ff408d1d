// SPDX-License-Identifier: MIT
// Hosts with threads.
#include <doctest/doctest.h>

#include "support/host.hpp"

namespace {

using namespace brood::test;
using brood::StartMethod;

TEST_CASE("many threads start and join at once") {
  for_each_method([](StartMethod method) {
    CHECK(facts_of("threads-start", method) == listed({"right 80 wrong 0", "active 0", "left 0"}));
  });
}

TEST_CASE("many threads join one child") {
  for_each_method([](StartMethod method) {
    CHECK(facts_of("threads-join-one", method) == listed({"right 8", "left 0"}));
  });
}

TEST_CASE("a fork is refused where there are threads, unless it is allowed") {
  CHECK(facts_of("threads-refused", StartMethod::fork) ==
        listed({"with a thread multithreaded", "command 8", "allowed 9", "state initial", "without it 7",
                "left 0"}));
  for (const StartMethod method : {StartMethod::spawn, StartMethod::forkserver})
    CHECK(facts_of("threads-refused", method) == listed({"with a thread nothing", "function 7", "command 8",
                                                         "allowed 9", "state stopped", "left 0"}));
}

TEST_CASE("a thread that was joined is no reason to refuse a fork") {
  CHECK(facts_of("threads-ended", StartMethod::fork) == listed({"problems", "left 0"}));
}

TEST_CASE("a child can allocate and print, whatever locks threads of its host held") {
  for_each_method([](StartMethod method) {
    CHECK(facts_of("threads-hold-locks", method) == listed({"right 10", "left 0"}));
  });
}

TEST_CASE("a daemon does not die with the thread that started it") {
  for_each_method([](StartMethod method) {
    CHECK(facts_of("thread-starts-daemon", method) ==
          listed({"lives", "ended 0", "lives", "ended 0", "left 0"}));
  });
}

TEST_CASE("when the host is killed its daemons die, and its other children go on") {
  for_each_method([](StartMethod method) {
    for (const char* where : {"from-main", "from-thread"}) {
      CAPTURE(where);
      Host host("killed", method, {where});
      CHECK(host.read() == listed({"daemon lives", "the other goes on"}));
      CHECK(host.join() == -9);
    }
  });
}

}  // namespace
