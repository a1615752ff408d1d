// SPDX-License-Identifier: MIT
// How whole programs end, and what they may have forgotten: scenarios/programs.cpp.
#include <doctest/doctest.h>

#include "library/parity.hpp"
#include "support/methods.hpp"
#include "support/sanitizers.hpp"

namespace brood::test {
namespace {

// What is seen of it under each method.
void check(const char* scenario, const Expected& expected) {
  for (const auto& one : expected) {  // no structured binding: clang 14 captures none in a lambda
    const StartMethod method = one.first;
    const std::string& line = one.second;
    CAPTURE(to_string(method));
    const Observed seen = observe(scenario, method);
    CAPTURE(seen.errors);
    CHECK(seen.line == line);
  }
}

TEST_CASE("a program's hooks run before and after the end of its children, the last one first") {
  check("hooks", under_all("main before2 before1 child:0 after1"));
}

TEST_CASE("a program's own exit status is not that of its children") {
  check("own-status", under_all("rc 5"));
}

TEST_CASE("daemons may be ended last") { check("daemons-last", under_all("daemon:-15 other:0")); }

TEST_CASE("a program waits for its children as long as it has patience, and for daemons their grace time") {
  check("patience", under_all("listening:-15 deaf:-9 daemon:-9"));
}

TEST_CASE("the end of a child that has children is like that of a program") {
  check("exit-order-in-child", under_all("main-end D-term N-end child-end"));
}

TEST_CASE("the end of a fork that brood did not make leaves the program's children alone") {
  check("raw-fork", under_all("alive:true,true hook"));
}

TEST_CASE("a fork that brood did not make ends its own children") {
  check("family-of-fork", under_all("child:0 main"));
}

TEST_CASE("without init only fork has functions for targets, and all methods have commands") {
  check("no-init", under_fork_else("none 7 / 0 / none", "not_initialised initial / 0 / not_initialised"));
}

TEST_CASE("what a program has written is not written again by its children") {
  check("flush", under_all("once"));
}

TEST_CASE("another executable is used from the next start on, and must be one that knows the targets") {
  check("executable", {{StartMethod::fork, "7 / none 7"}, {StartMethod::spawn, "7 / none 1"}});
}

TEST_CASE("a child may be told of its parent's death by a signal, which is not the end of a thread" *
          doctest::skip(under_thread_sanitizer)) {
  check("terminated-with-parent", under_all("alive:true ended rc -9"));
  check("killed-with-parent", under_all("alive:true rc -9"));
  check("surviving", under_all("alive:true survived rc -9"));
}

TEST_CASE("a fork server that does not answer is given up in time, and serves the next") {
  check("server-stopped", {{StartMethod::forkserver, "timed_out initial / 7"}});
}

}  // namespace
}  // namespace brood::test
