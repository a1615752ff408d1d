// SPDX-License-Identifier: MIT
// What can be started, in which order misuse is found, and what a failed start leaves: nothing.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <thread>

#include "brood/context.hpp"
#include "brood/this_process.hpp"
#include "brood/wait.hpp"
#include "library/children.hpp"
#include "library/output.hpp"
#include "os/file.hpp"
#include "os/process.hpp"
#include "support/child.hpp"
#include "support/failure.hpp"
#include "support/methods.hpp"
#include "support/sanitizers.hpp"

using namespace brood;
using namespace brood::test;

namespace {

int add(int a, int b) { return a + b; }
BROOD_TARGET(add);

void tell_all(const std::string& words, double number, bool truth, const std::vector<int>& list,
              const Keywords& more) {
  put(words + " " + std::to_string(number) + " " + (truth ? "yes" : "no"));
  for (const int one : list) put(" " + std::to_string(one));
  put(" " + more.get<std::string>("greeting", "no greeting") + " " + more.get<std::string>("name", "nobody"));
}
BROOD_TARGET(tell_all);

TEST_CASE("arguments of all kinds come to a function, and keywords as its last parameter") {
  under_each_method([](StartMethod method) {
    const Told told = told_by({.target = tell_all,
                               .args = {"text", 1.5, true, Value::Array{1, 2}},
                               .kwargs = {{"greeting", "hello"}},
                               .method = method});
    CHECK(told.out == "text 1.500000 yes 1 2 hello nobody");
    CHECK(told.code == 0);
  });
}

TEST_CASE("arguments are copied when the object is made") {
  under_each_method([](StartMethod method) {
    Value::Array args{40, 2};
    Process child({.target = add, .args = args, .method = method});
    args[0] = 0;
    child.start();
    CHECK(child.join() == 42);
  });
}

std::size_t length(const std::string& text) {
  put(std::to_string(text.size()));
  return text.size();
}
BROOD_TARGET(length);

TEST_CASE("arguments may be large") {
  under_each_method([](StartMethod method) {
    CHECK(told_by(method, length, {std::string(3'000'000, 'x')}).out == "3000000");
  });
}

TEST_CASE("arguments that the target cannot take are refused when the object is made") {
  CHECK(failure_of([] { Process({.target = add, .args = {1}}); }).code() == Errc::bad_value);
  CHECK(failure_of([] { Process({.target = add, .args = {1, 2, 3}}); }).code() == Errc::bad_value);
  CHECK(failure_of([] {
          Process({.target = add, .args = {1, 2}, .kwargs = {{"c", 3}}});
        }).code() == Errc::bad_value);
  CHECK(failure_of([] { Process({.args = {1}}); }).code() == Errc::bad_value);
  CHECK(failure_of([] { Process({.target = Command{"true"}, .args = {1}}); }).code() == Errc::bad_value);
  CHECK(failure_of([] { Process({.target = Command(std::vector<std::string>{})}); }).code() ==
        Errc::bad_value);
}

TEST_CASE("an argument of another kind than the parameter's ends the child with 1, and a word about it") {
  under_each_method([](StartMethod method) {
    const Told told = told_by(method, add, {"one", 2});
    CHECK(told.code == 1);
    CHECK(told.err.find("expected integer, found text") != std::string::npos);
  });
}

TEST_CASE("without a target a child ends at once, with 0") {
  under_each_method([](StartMethod method) {
    Process child({.method = method});
    child.start();
    CHECK(child.join() == 0);
  });
}

TEST_CASE("run() runs the target here, until start() has given it away") {
  under_each_method([](StartMethod method) {
    Process child({.target = add, .args = {3, 4}, .method = method});
    CHECK(child.run() == 7);
    CHECK(child.state() == ProcessState::initial);
    child.start();
    CHECK(failure_of([&] { (void)child.run(); }).code() == Errc::already_started);
    CHECK(child.join() == 7);
    CHECK(failure_of([&] { (void)child.run(); }).code() == Errc::already_started);
  });
}

class Seven : public Process {
 public:
  explicit Seven(StartMethod method) : Process({.method = method}) {}
  int run() override { return 7; }
};

TEST_CASE("a subclass, a lambda and what is not registered are for fork only") {
  int seven = 7;
  auto unique = std::make_unique<int>(9);
  under_each_method([&](StartMethod method) {
    Seven subclass(method);
    Process lambda({.target = [&seven] { return seven; }, .method = method});
    Process unregistered({.target = +[] { return 8; }, .method = method});
    if (method == StartMethod::fork) {
      for (Process* child : {static_cast<Process*>(&subclass), &lambda, &unregistered}) child->start();
      CHECK(subclass.join() == 7);
      CHECK(lambda.join() == 7);
      CHECK(unregistered.join() == 8);
      return;
    }
    for (Process* child : {static_cast<Process*>(&subclass), &lambda, &unregistered}) {
      for (int times = 0; times < 2; ++times)
        CHECK(failure_of([&] { child->start(); }).code() == Errc::not_transferable);
      CHECK(child->state() == ProcessState::initial);
    }
    CHECK(active_children().empty());
  });
  Process movable([unique = std::move(unique)] { return *unique; });
  movable.start();
  CHECK(movable.join() == 9);
}

TEST_CASE("misuse is found in a fixed order: closed, started, another process") {
  under_each_method([](StartMethod method) {
    Process closed({.method = method}), started({.target = nothing, .method = method}),
        fresh({.target = nothing, .method = method});
    closed.close();
    started.start();
    started.join();
    test::Child fork([&](int output) {
      for (Process* child : {&closed, &started, &fresh})
        os::write_all(output, error_code_name(failure_of([&] { child->start(); }).code()) + " ");
      for (Process* child : {&closed, &started, &fresh})
        os::write_all(output, error_code_name(failure_of([&] { child->join(); }).code()) + " ");
      for (Process* child : {&started, &fresh})
        os::write_all(output, error_code_name(failure_of([&] { child->close(); }).code()) + " ");
      return 0;
    });
    CHECK(fork.read_output() ==
          "closed already_started not_parent closed not_parent not_parent not_parent not_parent ");
    CHECK(fork.wait().exitcode() == 0);
    fresh.start();
    CHECK(fresh.join() == 0);
  });
}

TEST_CASE("a command that cannot be executed is an error of start, and may be there at the next one") {
  const TempDir dir;
  under_each_method([&](StartMethod method) {
    const std::string path = dir / std::string(to_string(method));
    Process child({.target = Command{path}, .method = method});
    const Error missing = failure_of([&] { child.start(); });
    CHECK(missing.code() == system_error(ENOENT));
    CHECK(missing.exit_status() == 127);
    (void)dir.file(to_string(method), "#!/bin/sh\nexit 5\n", 0644);
    const Error refused = failure_of([&] { child.start(); });
    CHECK(refused.code() == system_error(EACCES));
    CHECK(refused.exit_status() == 126);
    CHECK(child.state() == ProcessState::initial);
    CHECK(!child.pid());
    CHECK(active_children().empty());
    REQUIRE(::chmod(path.c_str(), 0755) == 0);
    child.start();
    CHECK(child.join() == 5);
  });
}

// Only so many more descriptors for this process, for a while.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t spare) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlim_t next = 3;
    while (os::is_open(static_cast<int>(next))) ++next;
    const rlimit few{next + spare, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;

 private:
  rlimit before_{};
};

TEST_CASE("a start that fails for want of descriptors leaves nothing, and can be repeated" *
          doctest::skip(under_address_sanitizer)) {
  under_each_method([](StartMethod method) {
    for (const bool is_command : {false, true}) {
      CAPTURE(is_command);
      ProcessOptions options{.method = method};
      if (is_command)
        options.target = Command{"true"};
      else
        options.target = nothing;
      Process child(options);
      rlim_t spare = 0;
      for (; spare < 30; ++spare) {
        const FewDescriptors few(spare);
        try {
          child.start();
          break;
        } catch (const Error& problem) {
          CAPTURE(problem.what());
          CHECK(problem.code() == system_error(EMFILE));
          CHECK(child.state() == ProcessState::initial);
        }
      }
      CHECK(spare > 0);
      (void)child.join();  // a child may fail for the same reason
      CHECK(child.exitcode());
      Process next(options);
      next.start();
      CHECK(next.join() == 0);
    }
  });
}

TEST_CASE("many threads may start processes, but not fork functions without being told so") {
  under_each_method([](StartMethod method) {
    std::vector<std::thread> threads;
    std::atomic<int> fine = 0;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        Process function({.target = add, .args = {1, 2}, .method = method, .allow_threads = true});
        Process command({.target = Command{"sh", "-c", "exit 4"}, .method = method});
        function.start();
        command.start();
        fine += function.join() == 3 && command.join() == 4;
      });
    for (auto& thread : threads) thread.join();
    CHECK(fine == 8);
  });
  const Pipe pipe = make_pipe();
  std::thread other([&] { await_byte(pipe.read.get()); });
  Process child({.target = add, .args = {1, 2}, .method = StartMethod::fork});
  CHECK(failure_of([&] { child.start(); }).code() == Errc::multithreaded);
  CHECK(child.state() == ProcessState::initial);
  send_byte(pipe.write.get());
  other.join();
  child.start();
  CHECK(child.join() == 3);
}

TEST_CASE("of threads that start one object at once, one does") {
  under_each_method([](StartMethod method) {
    Process child({.target = nothing, .method = method, .allow_threads = true});
    std::atomic<int> started = 0, refused = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        try {
          child.start();
          ++started;
        } catch (const Error& problem) {
          refused += problem.code() == Errc::already_started;
        }
      });
    for (auto& thread : threads) thread.join();
    CHECK(started == 1);
    CHECK(refused == 3);
    CHECK(child.join() == 0);
  });
}

}  // namespace
