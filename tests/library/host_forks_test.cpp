// SPDX-License-Identifier: MIT
// Forks that the library knows nothing of, and children of children.
#include <doctest/doctest.h>

#include "os/process.hpp"
#include "support/host.hpp"

namespace {

using namespace brood::test;
using brood::StartMethod;

TEST_CASE("a fork of the program neither ends nor joins its parent's children") {
  for_each_method([](StartMethod method) {
    CHECK(
        facts_of("raw-fork", method) ==
        listed({"fork sees alive", "fork sees unknown", "join not_parent", "start not_parent",
                "close not_parent", "terminate not_parent", "active 0", "fork's server none", "fork ended 5",
                "one lives", "daemon lives", "one 0, daemon 0", "left 0", "hook of MainProcess"}));
  });
}

TEST_CASE("a fork of the program has children of its own, which are joined when it ends") {
  for_each_method([](StartMethod method) {
    const Facts own{"fork's child 3", "active 1", "joined", "after 0", "fork ended 0"};
    CHECK(facts_of("raw-fork-starts", method) == listed(own));
    Facts both = own;
    both.push_back("early 0");
    CHECK(facts_of("raw-fork-starts", method, {"after"}) == listed(both));
  });
}

TEST_CASE("a fork that outlives the program keeps neither it nor its fork server from ending") {
  for (const char* how : {"returns", "killed"}) {
    CAPTURE(how);
    Host host("raw-fork-outlives", StartMethod::forkserver, {how});
    const std::string said = host.read();
    const bool is_killed = std::string(how) == "killed";
    CHECK(host.join() == (is_killed ? -9 : 0));
    REQUIRE(said.starts_with("server "));
    const int server = std::stoi(said.substr(7));
    REQUIRE(server > 0);
    if (const auto pidfd = brood::os::open_pidfd(server)) await_ready(pidfd->get());
  }
}

TEST_CASE("children that the program has made by itself are left to it") {
  for_each_method([](StartMethod method) {
    CHECK(facts_of("other-children", method) ==
          listed({"function 7", "command 8", "victim lives", "victim -9", "missing ENOENT", "many 0 1 2 3 4",
                  "active 0", "spawned 4 forked 5 vforked 4", "left 0"}));
  });
}

TEST_CASE("a grandchild that lives on does not delay the end of a child") {
  for_each_method([](StartMethod method) {
    CHECK(facts_of("double-fork", method) == listed({"child 7", "grandchild"}));
  });
}

TEST_CASE("children have children, three deep") {
  for_each_method([](StartMethod method) {
    CHECK(facts_of("nested", method) == listed({"nested 23", "left 0"}));
  });
}

TEST_CASE("a child may become another program") {
  for_each_method([](StartMethod method) {
    CHECK(facts_of("exec-in-child", method) == listed({"became 9", "became 9", "left 0"}));
  });
}

}  // namespace
