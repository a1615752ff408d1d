// SPDX-License-Identifier: MIT
// A child's life under each start method.
#include "brood/process.hpp"

#include <doctest/doctest.h>

#include "brood/this_process.hpp"
#include "support/methods.hpp"

namespace {

int answer(int number) { return number; }
// There is one in children.cpp, too: it is another one.
void nothing() { brood::exit(7); }

BROOD_TARGET(answer);
BROOD_TARGET(nothing);

TEST_CASE("a registered function's result is the exit code under every start method") {
  brood::test::under_each_method([](brood::StartMethod method) {
    brood::Process child({.target = answer, .args = {42}, .method = method});
    CHECK_FALSE(child.is_alive());
    child.start();
    CHECK(child.join() == 42);
    CHECK(child.exitcode() == 42);
    CHECK_FALSE(child.is_alive());
  });
}

TEST_CASE("functions of the same name in different files are told apart") {
  brood::test::under_each_method([](brood::StartMethod method) {
    brood::Process child({.target = nothing, .method = method});
    child.start();
    CHECK(child.join() == 7);
  });
}

}  // namespace
