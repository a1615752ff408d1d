// SPDX-License-Identifier: MIT
// How children end: results, exceptions, brood::exit, signals, hooks, and what is known of it afterwards.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

#include "brood/this_process.hpp"
#include "brood/wait.hpp"
#include "library/children.hpp"
#include "library/output.hpp"
#include "library/parity_differences.hpp"
#include "support/failure.hpp"
#include "support/methods.hpp"
#include "support/sanitizers.hpp"

using namespace brood;
using namespace brood::test;

namespace {

int result(int code) { return code; }
BROOD_TARGET(result);

TEST_CASE("of a result that is not 0 the low 8 bits are the exit code") {
  under_each_method([](StartMethod method) {
    for (const auto& [given, code] :
         {std::pair(1, 1), {255, 255}, {256, 0}, {300, 44}, {-1, 255}, {-15, 241}}) {
      Process child({.target = result, .args = {given}, .method = method});
      child.start();
      CHECK(child.join() == code);
      CHECK(child.exit_status() == ExitStatus::exited(code));
      CHECK_FALSE(child.exit_unknown());
    }
  });
}

void fail(const std::string& how) {
  if (how == "runtime_error") throw std::runtime_error("words about it");
  if (how == "error") throw Error(system_error(ENOENT), "open");
  if (how == "int") throw 5;
  if (how == "bad_alloc") throw std::bad_alloc();
  brood::exit(7);
}
BROOD_TARGET(fail);

TEST_CASE("an exception that nobody catches is told with the name of the process, and 1 is the exit code") {
  under_each_method([](StartMethod method) {
    const auto words_of = [&](const char* how) {
      const Told told = told_by({.target = fail, .name = "unlucky", .args = {how}, .method = method});
      CHECK(told.code == 1);
      return told.err;
    };
    CHECK(words_of("runtime_error") == "Process unlucky: std::runtime_error: words about it\n");
    CHECK(words_of("error") == "Process unlucky: brood::Error: open: No such file or directory\n");
    CHECK(words_of("int") == "Process unlucky: int\n");
    CHECK(words_of("bad_alloc") == "Process unlucky: std::bad_alloc: std::bad_alloc\n");
  });
}

struct Farewell {
  ~Farewell() { put("destructor "); }
};

void exit_from_the_depth(const std::string& words) {
  const Farewell farewell;
  try {
    if (words.empty()) brood::exit(3 + 256);
    brood::exit(words);
  } catch (const std::exception&) {
    put("caught ");
  }
  put("went on ");
}
BROOD_TARGET(exit_from_the_depth);

TEST_CASE("brood::exit passes handlers of exceptions, and runs destructors") {
  under_each_method([](StartMethod method) {
    const Told number = told_by(method, exit_from_the_depth, {""});
    CHECK(number.out == "destructor ");
    CHECK(number.err == "");
    CHECK(number.code == 3);
    const Told words = told_by(method, exit_from_the_depth, {"these words"});
    CHECK(words.out == "destructor ");
    CHECK(words.err == "these words\n");
    CHECK(words.code == 1);
  });
}

void end_by(const std::string& how) {
  std::printf("stdio ");
  std::cout << "iostream ";
  at_exit(ExitHook::before_children, [] { put("before1 "); });
  at_exit(ExitHook::before_children, [] { put("before2 "); });
  at_exit(ExitHook::after_children, [] { put("after1 "); });
  at_exit(ExitHook::after_children, [] {
    put("after2 ");
    at_exit(ExitHook::after_children, [] { put("late "); });
  });
  if (how == "exit") brood::exit(2);
  if (how == "throw") throw std::runtime_error("thrown");
  if (how == "_exit") ::_exit(4);
  if (how == "abort") {
    std::signal(SIGABRT, SIG_DFL);
    ::raise(SIGABRT);
  }
}
BROOD_TARGET(end_by);

TEST_CASE("hooks run at a child's end, the last one first, and streams are flushed; not after a signal" *
          doctest::skip(under_thread_sanitizer)) {
  under_each_method([](StartMethod method) {
    const std::string orderly = "before2 before1 after2 late after1 stdio iostream ";
    Told told = told_by(method, end_by, {"return"});
    CHECK(told.out == orderly);
    CHECK(told.code == 0);
    told = told_by(method, end_by, {"exit"});
    CHECK(told.out == orderly);
    CHECK(told.code == 2);
    told = told_by(method, end_by, {"throw"});
    CHECK(told.out == orderly);
    CHECK(told.code == 1);
    told = told_by(method, end_by, {"_exit"});
    CHECK(told.out == "");
    CHECK(told.code == 4);
    told = told_by(method, end_by, {"abort"});
    CHECK(told.out == "");
    CHECK(told.code == -SIGABRT);
  });
}

void with_bad_hook(const std::string& method) {
  at_exit(ExitHook::after_children, [] { put("last "); });
  at_exit(ExitHook::before_children, [] { put("first "); });
  at_exit(ExitHook::before_children, [] { throw std::runtime_error("thrown by a hook"); });
  static Process child(
      {.target = result, .args = {0}, .method = parse_start_method(method), .on_destroy = OnDestroy::detach});
  child.start();
  at_exit(ExitHook::after_children,
          [] { put(child.state() == ProcessState::stopped ? "joined " : "left "); });
}
BROOD_TARGET(with_bad_hook);

TEST_CASE("a hook that throws is told of, and keeps nothing else from being done") {
  under_each_method([](StartMethod method) {
    const Told told = told_by(method, with_bad_hook, {std::string(to_string(method))});
    CHECK(told.out == "first joined last ");
    CHECK(told.err.find("std::runtime_error: thrown by a hook\n") != std::string::npos);
    CHECK(told.code == 1);
  });
}

TEST_CASE("a death by signal is told in full") {
  under_each_method([](StartMethod method) {
    for (const int number : {SIGTERM, SIGKILL, SIGUSR2, SIGRTMIN, SIGRTMAX - 1, SIGPIPE}) {
      CAPTURE(number);
      Held child(method);
      CHECK(child->signal(number));
      CHECK(child->join() == -number);
      const ExitStatus status = child->exit_status().value();
      CHECK(status.is_signalled());
      CHECK(status.signal() == number);
      CHECK(status.shell_status() == 128 + number);
      CHECK_FALSE(status.core_dumped());
    }
  });
}

TEST_CASE("interrupt sends SIGINT, and no signal reaches who has ended") {
  under_each_method([](StartMethod method) {
    Held child(method);
    CHECK(child->interrupt());
    CHECK(child->join() == -SIGINT);
    CHECK_FALSE(child->terminate());
    CHECK_FALSE(child->kill());
    CHECK_FALSE(child->interrupt());
    CHECK_FALSE(child->signal(SIGUSR1));
    CHECK_FALSE(child->terminate(patience));
    CHECK(child->exitcode() == -SIGINT);
  });
}

TEST_CASE("an ended child that nobody has looked at gets no signal either") {
  under_each_method([](StartMethod method) {
    Held child(method);
    child.tell();
    (void)wait({child.process()});
    CHECK_FALSE(child->kill());
    CHECK(child->exitcode() == 0);
  });
}

TEST_CASE("terminate with a grace time waits, and kills who does not listen or is stopped for long") {
  under_each_method([](StartMethod method) {
    Held deaf(method, {}, stay_deaf);
    CHECK(deaf->terminate(std::chrono::milliseconds(1)));
    CHECK(deaf->exitcode() == -SIGKILL);
    Held listening(method);
    CHECK(listening->terminate(patience));
    CHECK(listening->exitcode() == -SIGTERM);
    Held stopped(method);
    stop(stopped->pid().value());
    CHECK(stopped->is_alive());
    CHECK(stopped->terminate(patience));
    CHECK(stopped->exitcode() == -SIGTERM);
  });
}

TEST_CASE("a status that somebody else has taken is known to the kernel, or to nobody") {
  under_each_method([](StartMethod method) {
    Process child({.target = result, .args = {6}, .method = method});
    child.start();
    (void)wait({child});
    REQUIRE(::waitpid(child.pid().value(), nullptr, 0) == child.pid());
    const bool is_told = this_kernel() == Kernel::telling;
    CHECK(child.join() == (is_told ? std::optional(6) : std::nullopt));
    CHECK(child.exit_unknown() == !is_told);
    CHECK(child.exit_status().has_value() == is_told);
    CHECK(child.state() == ProcessState::stopped);
    CHECK_FALSE(child.is_alive());
    CHECK_FALSE(child.kill());
    CHECK(active_children().empty());
    child.close();
  });
}

}  // namespace
