// SPDX-License-Identifier: MIT
// The end of a program, and of Process objects.
#include <doctest/doctest.h>

#include "support/host.hpp"

namespace {

using namespace brood::test;
using brood::StartMethod;

TEST_CASE("at its end a program runs hooks, tells its daemons, joins all, and runs the other hooks") {
  for_each_method([](StartMethod method) {
    CHECK(facts_of("exit-order", method) == listed({"first hook before, both live", "second hook before",
                                                    "daemon told", "other ends", "after 0 0"}));
  });
}

TEST_CASE("daemons are ended last where that is asked for") {
  for_each_method([](StartMethod method) {
    CHECK(facts_of("exit-order", method, {"daemons-last"}) ==
          listed({"first hook before, both live", "second hook before", "other ends", "daemon told",
                  "after 0 0"}));
  });
}

TEST_CASE("a daemon that ignores SIGTERM is killed after its grace") {
  for_each_method(
      [](StartMethod method) { CHECK(facts_of("exit-deaf-daemon", method) == listed({"after -9"})); });
}

TEST_CASE("a daemon that is stopped is continued to end") {
  for_each_method([](StartMethod method) {
    CHECK(facts_of("exit-stopped-daemon", method) == listed({"daemon told", "after 0"}));
  });
}

TEST_CASE("a program without patience ends the others, too") {
  for_each_method([](StartMethod method) {
    CHECK(facts_of("exit-patience", method) == listed({"meek told", "after 0 -9"}));
  });
}

TEST_CASE("a child ends as a program does") {
  for_each_method([](StartMethod method) {
    CHECK(facts_of("exit-of-child", method) ==
          listed({"hook in child", "mine ends", "child after 0", "child 12"}));
  });
}

TEST_CASE("a running child whose object goes is joined, ended or left, and never a zombie") {
  for_each_method([](StartMethod method) {
    CHECK(facts_of("destroyed", method) ==
          listed({"Process-1 ends", "joined, left 0", "Process-2 told", "terminated, left 0",
                  "killed, left 0", "unwound, left 0", "assigned, left 0", "moved from closed", "moved 3",
                  "back 3", "detached, active 1", "lives", "Process-7 told", "left 0"}));
  });
}

}  // namespace
