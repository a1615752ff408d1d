// SPDX-License-Identifier: MIT
// Joining, alone and together, waiting for several, and the list of children.
#include <doctest/doctest.h>

#include <array>
#include <csignal>
#include <limits>
#include <thread>

#include "brood/this_process.hpp"
#include "brood/wait.hpp"
#include "library/children.hpp"
#include "library/output.hpp"
#include "os/file.hpp"
#include "os/process.hpp"
#include "support/child.hpp"
#include "support/failure.hpp"
#include "support/methods.hpp"

using namespace brood;
using namespace brood::test;
using namespace std::chrono_literals;

namespace {

int seven_when_told(int up, int go) {
  stay(up, go);
  return 7;
}
BROOD_TARGET(seven_when_told);

TEST_CASE("all threads that join see one status, whoever comes first") {
  under_each_method([](StartMethod method) {
    for (int round = 0; round < 20; ++round) {
      Held child(method, {}, Target(seven_when_told));
      std::array<std::optional<int>, 8> seen{};
      std::vector<std::thread> threads;
      for (std::size_t i = 0; i < seen.size(); ++i)
        threads.emplace_back([&, i] {
          switch (i % 4) {
            case 0: seen[i] = child->join(); break;
            case 1: seen[i] = child->join(patience) ? child->exitcode() : std::nullopt; break;
            case 2:
              (void)wait({child.process()});
              seen[i] = child->exitcode();
              break;
            default:
              while (child->is_alive()) (void)child->join(patience);
              seen[i] = child->exitcode();
          }
        });
      child.tell();
      for (auto& thread : threads) thread.join();
      for (const auto& one : seen) CHECK(one == 7);
      CHECK_FALSE(child->is_alive());
    }
  });
}

TEST_CASE("a child can be joined again and again, and in the end closed while others join") {
  under_each_method([](StartMethod method) {
    Process child({.target = nothing, .method = method});
    child.start();
    for (int times = 0; times < 3; ++times) CHECK(child.join() == 0);
    CHECK(child.join(0s));
    CHECK(child.join(-5min));
    CHECK(child.join_until(std::chrono::steady_clock::time_point::min()));
    child.close();
    CHECK(failure_of([&] { child.join(); }).code() == Errc::closed);
  });
}

TEST_CASE("a join whose time has run out says so, and changes nothing") {
  under_each_method([](StartMethod method) {
    Held child(method);
    CHECK_FALSE(child->join(0s));
    CHECK_FALSE(child->join(-1h));
    CHECK_FALSE(child->join(std::chrono::nanoseconds(1)));
    CHECK_FALSE(child->join(-std::chrono::duration<double>(std::numeric_limits<double>::infinity())));
    CHECK_FALSE(child->join_until(std::chrono::steady_clock::now() - 1h));
    CHECK_FALSE(child->exitcode());
    CHECK(child->is_alive());
    child.tell();
    CHECK(child->join(std::chrono::hours::max()));
    CHECK(child->exitcode() == 0);
  });
}

TEST_CASE("not-a-number is no time, and what was never started cannot be joined") {
  const std::chrono::duration<double> nan(std::numeric_limits<double>::quiet_NaN());
  under_each_method([&](StartMethod method) {
    Process child({.target = nothing, .method = method});
    CHECK(failure_of([&] { (void)child.join(0s); }).code() == Errc::not_started);
    CHECK(failure_of([&] { (void)child.kill(); }).code() == Errc::not_started);
    CHECK(failure_of([&] { (void)child.terminate(0ms); }).code() == Errc::not_started);
    CHECK(failure_of([&] { (void)wait({child}); }).code() == Errc::not_started);
    child.start();
    CHECK(failure_of([&] { (void)child.join(nan); }).code() == Errc::bad_value);
    CHECK(child.join() == 0);
  });
}

TEST_CASE("processes and descriptors are waited for in one call") {
  under_each_method([](StartMethod method) {
    const Pipe pipe = make_pipe();
    Held first(method), second(method);
    const Waitable all[] = {first.process(), pipe.read.get(), second.process(), first->sentinel()};
    CHECK(wait(all, 0s).empty());
    send_byte(pipe.write.get());
    CHECK(wait(all) == std::vector<std::size_t>{1});
    first.tell();
    (void)wait({first.process()});
    CHECK(wait(all) == std::vector<std::size_t>{0, 1, 3});
    second.end();
    CHECK(wait(all) == std::vector<std::size_t>{0, 1, 2, 3});
    first->join();
    CHECK(wait(all) == std::vector<std::size_t>{0, 1, 2, 3});
  });
}

TEST_CASE("active_children lists those that run, in the order of their start, of all methods") {
  const ServerStop stop;
  CHECK(active_children().empty());
  Held a(StartMethod::forkserver), b(StartMethod::fork), c(StartMethod::spawn);
  const Process unstarted;
  Process ended({.target = nothing, .method = StartMethod::spawn});
  ended.start();
  ended.join();
  const auto pids = [] {
    std::vector<pid_t> all;
    for (const Process& child : active_children()) all.push_back(child.pid().value());
    return all;
  };
  CHECK(pids() == std::vector<pid_t>{a->pid().value(), b->pid().value(), c->pid().value()});
  b.end();
  CHECK(pids() == std::vector<pid_t>{a->pid().value(), c->pid().value()});
  for (Process& child : active_children()) CHECK(child.kill());
  CHECK(a->join() == -SIGKILL);
  CHECK(c->join() == -SIGKILL);
  CHECK(active_children().empty());
}

TEST_CASE("in a fork that brood did not make there are no children; the parent's are alive and can be told") {
  under_each_method([](StartMethod method) {
    Held child(method);
    test::Child fork([&](int output) {
      const auto say = [&](bool truth) { os::write_all(output, truth ? "yes " : "no "); };
      say(active_children().empty());
      say(child->is_alive());
      say(!child->exitcode());
      say(!wait({child.process()}, 0s).empty());
      say(child->kill());
      (void)wait({child.process()});
      say(child->is_alive());
      return 0;
    });
    CHECK(fork.read_output() == "yes yes yes no yes no ");
    CHECK(fork.wait().exitcode() == 0);
    CHECK(child->join() == -SIGKILL);
  });
}

void tell_parent() {
  const ParentProcess parent = parent_process().value();
  put(parent.name() + (parent.pid() == os::parent_pid() ? " is" : " is not") + " the parent, ");
  put(parent.is_alive() ? "alive" : "gone");
  put(parent.join(0s) || !wait({parent.sentinel()}, 0s).empty() ? " and over" : " and there");
}
BROOD_TARGET(tell_parent);

TEST_CASE("a child knows its parent by pid, name and sentinel") {
  under_each_method([](StartMethod method) {
    CHECK(told_by(method, tell_parent).out == "MainProcess is the parent, alive and there");
  });
}

}  // namespace
