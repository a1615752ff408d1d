// SPDX-License-Identifier: MIT
// How the start method is chosen: for the program, for one object, in a child.
#include "brood/context.hpp"

#include <doctest/doctest.h>

#include "brood/this_process.hpp"
#include "library/children.hpp"
#include "library/output.hpp"
#include "support/failure.hpp"
#include "support/methods.hpp"

using namespace brood;
using namespace brood::test;

namespace {

// Undecided at the beginning of a case, and again at its end.
class Undecided {
 public:
  Undecided() { reset_start_method(); }
  ~Undecided() { reset_start_method(); }
  Undecided(const Undecided&) = delete;
  Undecided& operator=(const Undecided&) = delete;
};

TEST_CASE("asking for the start method, making objects and contexts decide nothing") {
  const Undecided undecided;
  CHECK(get_start_method() == StartMethod::fork);
  const Process unstarted;
  const Context context(StartMethod::spawn);
  const Process with_context = context.Process();
  CHECK(unstarted.start_method() == StartMethod::fork);
  CHECK(with_context.start_method() == StartMethod::spawn);
  CHECK_FALSE(decided_start_method());
  CHECK(get_all_start_methods() ==
        std::vector<StartMethod>{StartMethod::fork, StartMethod::spawn, StartMethod::forkserver});
}

TEST_CASE("the start method is set once, unless it is forced") {
  const Undecided undecided;
  set_start_method(StartMethod::spawn);
  CHECK(decided_start_method() == StartMethod::spawn);
  for (const auto method : {StartMethod::spawn, StartMethod::fork})
    CHECK(failure_of([&] { set_start_method(method); }).code() == Errc::context_already_set);
  CHECK(failure_of([] { set_start_method("fork"); }).code() == Errc::context_already_set);
  set_start_method("forkserver", true);
  CHECK(get_start_method() == StartMethod::forkserver);
  for (const char* word : {"", "x", "Fork", "fork "}) {
    CAPTURE(word);
    CHECK(failure_of([&] { set_start_method(word, true); }).code() == Errc::unknown_start_method);
    CHECK(failure_of([&] { (void)Context(word); }).code() == Errc::unknown_start_method);
  }
  CHECK(get_start_method() == StartMethod::forkserver);
  reset_start_method();
  set_start_method(StartMethod::fork);
}

TEST_CASE("the first start without a method of its own decides") {
  const Undecided undecided;
  Process chosen({.target = nothing, .method = StartMethod::spawn});
  chosen.start();
  chosen.join();
  CHECK_FALSE(decided_start_method());
  Process any({.target = nothing});
  any.start();
  any.join();
  CHECK(decided_start_method() == StartMethod::fork);
  CHECK(failure_of([] { set_start_method(StartMethod::fork); }).code() == Errc::context_already_set);
}

TEST_CASE("what is set when it starts is the method of an object without one") {
  const Undecided undecided;
  const ServerStop stop;
  Process process({.target = nothing});
  CHECK(process.start_method() == StartMethod::fork);
  set_start_method(StartMethod::forkserver);
  CHECK(process.start_method() == StartMethod::forkserver);
  process.start();
  CHECK(fork_server::pid());
  set_start_method(StartMethod::spawn, true);
  CHECK(process.start_method() == StartMethod::forkserver);
  CHECK(process.join() == 0);
}

TEST_CASE("contexts are values") {
  CHECK(Context("spawn") == Context(StartMethod::spawn));
  CHECK_FALSE(Context("spawn") == Context("fork"));
  Process process = Context("forkserver").Process({.target = nothing, .method = StartMethod::fork});
  CHECK(process.start_method() == StartMethod::forkserver);
}

void tell_method() {
  const auto method = decided_start_method();
  put(method ? to_string(*method) : "undecided");
}
BROOD_TARGET(tell_method);

TEST_CASE("a child's method is that of its context, or that of its parent") {
  const Undecided undecided;
  under_each_method([](StartMethod method) {
    CHECK(told_by(method, tell_method).out == to_string(method));
    set_start_method(method, true);
    CHECK(told_by({.target = tell_method}).out == to_string(method));
  });
}

TEST_CASE("the fork server comes with its first child, is stopped without harm, and is replaced") {
  CHECK_FALSE(fork_server::pid());
  CHECK_FALSE(fork_server::stop());
  Held child(StartMethod::forkserver);
  const auto server = fork_server::pid();
  REQUIRE(server);
  {
    Held other(StartMethod::forkserver);
    CHECK(fork_server::pid() == server);
    other.end();
  }
  CHECK(fork_server::stop());
  CHECK_FALSE(fork_server::pid());
  CHECK(child->is_alive());
  {
    Held other(StartMethod::forkserver);
    CHECK(fork_server::pid());
    other.end();
  }
  child.end();
  CHECK(child->exitcode() == 0);
  CHECK(fork_server::stop());
}

}  // namespace
