// SPDX-License-Identifier: MIT
// A child's life under each start method.
#include "brood/process.hpp"

#include <doctest/doctest.h>

#include "support/methods.hpp"

namespace {

int answer(int number) { return number; }

BROOD_TARGET(answer);

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

}  // namespace
