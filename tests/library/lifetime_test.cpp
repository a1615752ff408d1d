// SPDX-License-Identifier: MIT
// Objects that are moved, assigned and destroyed, and what becomes of their processes.
#include <doctest/doctest.h>

#include <csignal>
#include <thread>
#include <type_traits>

#include "brood/this_process.hpp"
#include "brood/wait.hpp"
#include "library/children.hpp"
#include "library/output.hpp"
#include "support/child.hpp"
#include "support/failure.hpp"
#include "support/methods.hpp"

using namespace brood;
using namespace brood::test;

namespace {

static_assert(!std::is_copy_constructible_v<Process> && !std::is_copy_assignable_v<Process>);
static_assert(std::is_nothrow_move_constructible_v<Process> && std::is_nothrow_move_assignable_v<Process>);

int five() { return 5; }
BROOD_TARGET(five);

ProcessOptions staying(StartMethod method, const Pipe& up, const Pipe& go, OnDestroy on_destroy) {
  const int up_fd = up.write.get(), go_fd = go.read.get();
  return {.target = stay,
          .args = {up_fd, go_fd},
          .method = method,
          .pass_fds = {up_fd, go_fd},
          .on_destroy = on_destroy};
}

TEST_CASE("an object can be moved before, while and after its process runs") {
  under_each_method([](StartMethod method) {
    Process first({.target = five, .method = method});
    const auto identity = first.identity();
    Process second(std::move(first));
    second.start();
    Process third;
    third = std::move(second);
    CHECK(third.join() == 5);
    std::vector<Process> all;
    all.push_back(std::move(third));
    for (int i = 0; i < 10; ++i) all.emplace_back(ProcessOptions{.target = five, .method = method});
    CHECK(all.front().identity() == identity);
    CHECK(all.front().exitcode() == 5);
    for (std::size_t i = 1; i < all.size(); ++i) all[i].start();
    for (Process& one : all) CHECK(one.join() == 5);
  });
}

TEST_CASE("what has been moved from is closed, and can be assigned to") {
  Process first({.target = five});
  Process second(std::move(first));
  // NOLINTBEGIN(bugprone-use-after-move): that is what this is about
  CHECK(failure_of([&] { first.start(); }).code() == Errc::closed);
  CHECK(failure_of([&] { (void)first.name(); }).code() == Errc::closed);
  CHECK(failure_of([&] { (void)first.is_alive(); }).code() == Errc::closed);
  // NOLINTEND(bugprone-use-after-move)
  first = std::move(second);
  first.start();
  Process& same = first;
  first = std::move(same);
  CHECK(first.join() == 5);
}

TEST_CASE("the destructor joins, as that of std::jthread") {
  under_each_method([](StartMethod method) {
    const Pipe up = make_pipe(), go = make_pipe();
    std::optional<Reported> seen;
    {
      Process child(staying(method, up, go, OnDestroy::join));
      child.start();
      await_byte(up.read.get());
      seen.emplace(child.pid().value(), "");
      send_byte(go.write.get());
    }
    CHECK(seen->is_gone());
    CHECK(active_children().empty());
  });
}

TEST_CASE("or ends it, if so asked, and also who does not listen") {
  under_each_method([](StartMethod method) {
    const Pipe up = make_pipe(), go = make_pipe();
    std::optional<Reported> seen;
    {
      ProcessOptions options = staying(method, up, go, OnDestroy::terminate);
      Process child(options);
      child.start();
      await_byte(up.read.get());
      seen.emplace(child.pid().value(), "");
    }
    CHECK(seen->is_gone());
    {
      Held deaf(method, {.grace = std::chrono::milliseconds(1), .on_destroy = OnDestroy::terminate},
                stay_deaf);
      seen.emplace(deaf->pid().value(), "");
    }
    CHECK(seen->is_gone());
    CHECK(active_children().empty());
  });
}

TEST_CASE("or leaves it among the children of the program") {
  under_each_method([](StartMethod method) {
    const Pipe up = make_pipe(), go = make_pipe();
    pid_t pid = 0;
    {
      Process child(staying(method, up, go, OnDestroy::detach));
      child.start();
      pid = child.pid().value();
    }
    await_byte(up.read.get());
    {
      std::vector<Process> children = active_children();
      REQUIRE(children.size() == 1);
      CHECK(children.front().pid() == pid);
      CHECK(children.front().is_alive());
    }
    // Such a handle is not its owner: it has done nothing.
    std::vector<Process> children = active_children();
    REQUIRE(children.size() == 1);
    send_byte(go.write.get());
    CHECK(children.front().join() == 0);
    CHECK(active_children().empty());
  });
}

TEST_CASE("assigning to an object is the end of what it had") {
  under_each_method([](StartMethod method) {
    const Pipe up = make_pipe(), go = make_pipe();
    Process child(staying(method, up, go, OnDestroy::terminate));
    child.start();
    await_byte(up.read.get());
    const Reported seen(child.pid().value(), "");
    child = Process({.target = five, .method = method});
    CHECK(seen.is_gone());
    child.start();
    CHECK(child.join() == 5);
  });
}

TEST_CASE("objects of an ended, an unstarted or a closed process go without more ado") {
  under_each_method([](StartMethod method) {
    const Process unstarted({.target = five, .method = method});
    Process closed({.target = five, .method = method});
    closed.close();
    Process ended({.target = five, .method = method});
    ended.start();
    (void)wait({ended});
  });
  CHECK(active_children().empty());
}

TEST_CASE("in a fork that brood did not make the destructor leaves the process alone") {
  under_each_method([](StartMethod method) {
    const Pipe up = make_pipe(), go = make_pipe();
    std::optional<Process> child(std::in_place, staying(method, up, go, OnDestroy::terminate));
    child->start();
    await_byte(up.read.get());
    test::Child fork([&](int) {
      child.reset();
      return 0;
    });
    CHECK(fork.wait().exitcode() == 0);
    CHECK(child->is_alive());
    send_byte(go.write.get());
    CHECK(child->join() == 0);
  });
}

TEST_CASE("what lets go of an object's process while another thread joins through a handle disturbs nobody") {
  under_each_method([](StartMethod method) {
    const Pipe up = make_pipe(), go = make_pipe();
    std::optional<Process> child(std::in_place, staying(method, up, go, OnDestroy::detach));
    child->start();
    await_byte(up.read.get());
    std::vector<Process> handles = active_children();
    REQUIRE(handles.size() == 1);
    std::optional<int> code;
    std::thread other([&] { code = handles.front().join(); });
    child.reset();
    send_byte(go.write.get());
    other.join();
    CHECK(code == 0);
  });
}

TEST_CASE("a daemon whose object is gone runs on until the program ends, where nothing else was asked for") {
  under_each_method([](StartMethod method) {
    const Pipe up = make_pipe(), go = make_pipe();
    {
      ProcessOptions options = staying(method, up, go, OnDestroy::join);
      options.daemon = true;
      options.on_destroy.reset();
      Process child(std::move(options));
      child.start();
      await_byte(up.read.get());
    }
    auto children = active_children();
    REQUIRE(children.size() == 1);
    CHECK(children.front().daemon());
    send_byte(go.write.get());
    CHECK(children.front().join() == 0);
  });
}

}  // namespace
