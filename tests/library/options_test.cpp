// SPDX-License-Identifier: MIT
// What a child gets from ProcessOptions, under each start method: environment, directory, streams, descriptors.
#include "brood/process_options.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "brood/this_process.hpp"
#include "brood/wait.hpp"
#include "library/children.hpp"
#include "library/output.hpp"
#include "os/file.hpp"
#include "os/process.hpp"
#include "os/signals.hpp"
#include "support/failure.hpp"
#include "support/methods.hpp"
#include "support/temp_dir.hpp"

using namespace brood;
using namespace brood::test;

namespace {

void tell_variables(const std::vector<std::string>& names) {
  for (const auto& name : names) {
    const char* value = std::getenv(name.c_str());
    put(name + "=" + (value ? value : "(none)") + " ");
  }
}
BROOD_TARGET(tell_variables);

// Sets a variable of this process for a while.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

const Value::Array asked{Value::Array{"BROOD_T_A", "BROOD_T_B", "BROOD_T_C"}};

TEST_CASE("the environment is the caller's at the start, with what was unset and set") {
  under_each_method([](StartMethod method) {
    const Variable a("BROOD_T_A", "caller"), b("BROOD_T_B", "caller");
    const Environment change{.unset = {"BROOD_T_A", "BROOD_T_C"}, .set = {{"BROOD_T_C", "new"}}};
    const Told told =
        told_by({.target = tell_variables, .args = asked, .method = method, .environment = change});
    CHECK(told.out == "BROOD_T_A=(none) BROOD_T_B=caller BROOD_T_C=new ");
  });
}

TEST_CASE("an environment can begin empty") {
  under_each_method([](StartMethod method) {
    const Variable a("BROOD_T_A", "caller");
    const Environment change{.clear = true, .set = {{"BROOD_T_B", "new"}}};
    const Told told =
        told_by({.target = tell_variables, .args = asked, .method = method, .environment = change});
    CHECK(told.out == "BROOD_T_A=(none) BROOD_T_B=new BROOD_T_C=(none) ");
    const Told command =
        told_by({.target = Command{"/usr/bin/env"}, .method = method, .environment = change});
    CHECK(command.out == "BROOD_T_B=new\n");
  });
}

void tell_directory() { put(std::filesystem::current_path().string()); }
BROOD_TARGET(tell_directory);

TEST_CASE("the directory is the one that was asked for, and else the caller's") {
  const TempDir dir;
  const std::string here = std::filesystem::current_path().string();
  const std::string there = std::filesystem::canonical(dir.path()).string();
  under_each_method([&](StartMethod method) {
    CHECK(told_by({.target = tell_directory, .method = method, .cwd = there}).out == there);
    CHECK(told_by({.target = tell_directory, .method = method}).out == here);
    CHECK(told_by({.target = Command{"/bin/pwd"}, .method = method, .cwd = there}).out == there + "\n");
  });
  CHECK(std::filesystem::current_path() == here);
}

TEST_CASE("a directory that is not there is an error of start, and may be there at the next one") {
  under_each_method([](StartMethod method) {
    const TempDir dir;
    for (const bool is_command : {false, true}) {
      CAPTURE(is_command);
      const std::string place = dir / (is_command ? "command" : "function");
      ProcessOptions options{.method = method, .cwd = place};
      if (is_command)
        options.target = Command{"true"};
      else
        options.target = tell_directory;
      options.out = Stream::null();
      Process child(options);
      CHECK(failure_of([&] { child.start(); }).code() == system_error(ENOENT));
      CHECK(child.state() == ProcessState::initial);
      CHECK(!child.pid());
      std::filesystem::create_directory(place);
      child.start();
      CHECK(child.join() == 0);
    }
  });
}

void echo() {
  put("out:" + os::read_stream(STDIN_FILENO));
  os::write_all(STDERR_FILENO, "err");
}
BROOD_TARGET(echo);

TEST_CASE("pipes go to all three streams, and the end of input is seen") {
  under_each_method([](StartMethod method) {
    for (const bool is_command : {false, true}) {
      CAPTURE(is_command);
      ProcessOptions options{.method = method};
      if (is_command)
        options.target = Command{"sh", "-c", "printf out:; cat; printf err >&2"};
      else
        options.target = echo;
      options.in = options.out = options.err = Stream::pipe();
      options.on_destroy = OnDestroy::terminate;
      options.grace = std::chrono::milliseconds(0);
      Process child(options);
      child.start();
      os::write_all(child.input(), "words");
      child.close_input();
      REQUIRE(read_to_end(child.output()) == "out:words");
      REQUIRE(read_to_end(child.error_output()) == "err");
      CHECK(child.join() == 0);
      CHECK(failure_of([&] { (void)child.input(); }).code() == Errc::bad_value);
    }
  });
}

TEST_CASE("a child's pipes are not held by those that are started later") {
  under_each_method([](StartMethod method) {
    Process first({.target = echo,
                   .method = method,
                   .in = Stream::pipe(),
                   .out = Stream::pipe(),
                   .err = Stream::null(),
                   .grace = std::chrono::milliseconds(0),
                   .on_destroy = OnDestroy::terminate});
    first.start();
    Held later(method);
    first.close_input();
    REQUIRE(read_to_end(first.output()) == "out:");
    later.end();
  });
}

TEST_CASE("files are read from their start, and appended to") {
  under_each_method([](StartMethod method) {
    const TempDir dir;
    Process child({.target = echo,
                   .method = method,
                   .in = Stream::file(dir.file("in", "given")),
                   .out = Stream::file(dir.file("out", "before ")),
                   .err = Stream::file(dir / "err")});
    child.start();
    CHECK(child.join() == 0);
    CHECK(contents_of(dir / "out") == "before out:given");
    CHECK(contents_of(dir / "err") == "err");
    Process without({.target = echo, .method = method, .in = Stream::file(dir / "none")});
    CHECK(failure_of([&] { without.start(); }).code() == system_error(ENOENT));
    CHECK(without.state() == ProcessState::initial);
  });
}

TEST_CASE("a descriptor serves as a stream, also one for two, and stays the caller's") {
  under_each_method([](StartMethod method) {
    const TempDir dir;
    const os::Fd file = os::open_at(os::current_directory(), dir / "file", os::Open::append);
    Process child({.target = echo,
                   .method = method,
                   .out = Stream::descriptor(file.get()),
                   .err = Stream::descriptor(file.get())});
    child.start();
    child.join();
    os::write_all(file.get(), " still open");
    CHECK(contents_of(dir / "file") == "out:err still open");
  });
}

TEST_CASE("without being asked for there are no pipes") {
  under_each_method([](StartMethod method) {
    Process child({.target = nothing, .method = method});
    CHECK(failure_of([&] { (void)child.output(); }).code() == Errc::not_started);
    child.start();
    for (const auto end : {&Process::input, &Process::output, &Process::error_output})
      CHECK(failure_of([&] { (void)(child.*end)(); }).code() == Errc::bad_value);
    child.join();
  });
}

void tell_open(const std::vector<int>& fds) {
  for (const int fd : fds) put(os::is_open(fd) ? "open " : "closed ");
}
BROOD_TARGET(tell_open);

// With a number that nobody else has.
os::Fd numbered(const Pipe& pipe, int number) {
  os::place(pipe.read.get(), number);
  return os::Fd(number);
}

TEST_CASE("passed descriptors keep their numbers; others are for functions under fork") {
  const Pipe pipe = make_pipe();
  const os::Fd high = numbered(pipe, 71), other = numbered(pipe, 70), third = numbered(pipe, 500);
  under_each_method([](StartMethod method) {
    const Told told = told_by({.target = tell_open,
                               .args = {Value::Array{70, 71, 500}},
                               .method = method,
                               .pass_fds = {500, 71, 71}});
    CHECK(told.out == (method == StartMethod::fork ? "open open open " : "closed open open "));
  });
}

TEST_CASE("a command keeps what is passed, and under fork what is not close-on-exec") {
  const Pipe pipe = make_pipe();
  const os::Fd passed = numbered(pipe, 71), inheritable = numbered(pipe, 70), closing = numbered(pipe, 72);
  REQUIRE(::fcntl(71, F_SETFD, FD_CLOEXEC) == 0);
  REQUIRE(::fcntl(72, F_SETFD, FD_CLOEXEC) == 0);
  under_each_method([](StartMethod method) {
    const char* script = "for n in 70 71 72; do [ -e /proc/self/fd/$n ] && echo $n; done; :";
    const Told told = told_by({.target = Command{"sh", "-c", script}, .method = method, .pass_fds = {71}});
    CHECK(told.out == (method == StartMethod::fork ? "70\n71\n" : "71\n"));
  });
}

TEST_CASE("what cannot be passed is refused") {
  under_each_method([](StartMethod method) {
    for (const int fd : {-1, 0, 2, 600}) {
      CAPTURE(fd);
      Process child({.target = nothing, .method = method, .pass_fds = {fd}});
      CHECK(failure_of([&] { child.start(); }).code() == Errc::bad_value);
      CHECK(child.state() == ProcessState::initial);
    }
  });
}

void tell_signals() {
  sigset_t mask;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  put(os::is_ignored(SIGUSR1) ? "ignored " : "default ");
  put(::sigismember(&mask, SIGUSR2) == 1 ? "blocked" : "free");
}
BROOD_TARGET(tell_signals);

// This process ignores one signal and blocks another for a while.
class OddSignals {
 public:
  OddSignals() {
    std::signal(SIGUSR1, SIG_IGN);
    os::block(SIGUSR2);
  }
  ~OddSignals() {
    os::set_default(SIGUSR1);
    os::unblock(SIGUSR2);
  }
  OddSignals(const OddSignals&) = delete;
  OddSignals& operator=(const OddSignals&) = delete;
};

TEST_CASE("a child begins with every signal at its default") {
  const OddSignals odd;
  under_each_method([](StartMethod method) {
    CHECK(told_by({.target = tell_signals, .method = method}).out == "default free");
    const Told command =
        told_by({.target = Command{"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"}, .method = method});
    CHECK(command.out == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  });
  CHECK(told_by({.target = tell_signals, .method = StartMethod::fork, .inherit_signals = true}).out ==
        "ignored blocked");
}

int with_child(int up, int go) {
  if (os::fork_process() == 0) {
    send_byte(up);
    (void)wait({go});
    os::exit_now(0);
  }
  stay(up, go);
  return 0;
}
BROOD_TARGET(with_child);

// The process that `target` has forked.
pid_t only_child_of(pid_t target) {
  return static_cast<pid_t>(std::stoi(
      contents_of("/proc/" + std::to_string(target) + "/task/" + std::to_string(target) + "/children")));
}

TEST_CASE("what ends a child reaches its descendants if so asked, else not") {
  under_each_method([](StartMethod method) {
    for (const Scope scope : {Scope::tree, Scope::target_only}) {
      CAPTURE(static_cast<int>(scope));
      Held child(method, {.stop = scope}, Target(with_child));
      child.await_up();
      const Reported grandchild(only_child_of(child->pid().value()), "");
      CHECK(child->terminate(patience));
      CHECK(child->exitcode() == -SIGTERM);
      CHECK(grandchild.is_gone() == (scope == Scope::tree));
      child.tell();
      grandchild.await_end();
    }
  });
}

void tell_session() { put(os::session_of(0) == os::own_pid() ? "own" : "caller's"); }
BROOD_TARGET(tell_session);

TEST_CASE("with Scope::tree a child leads a session of its own") {
  under_each_method([](StartMethod method) {
    CHECK(told_by({.target = tell_session, .method = method, .stop = Scope::tree}).out == "own");
    CHECK(told_by({.target = tell_session, .method = method}).out == "caller's");
  });
}

TEST_CASE("what execve would cut off or misunderstand is refused") {
  const auto code_of = [](ProcessOptions options) {
    return failure_of([&] { return Process(std::move(options)).pid(); }).code();
  };
  CHECK(code_of({.target = Command{"echo", std::string("a\0b", 3)}}) == Errc::bad_value);
  for (const auto& [name, value] : std::map<std::string, std::string>{
           {"A=B", "c"}, {"", "d"}, {std::string("N\0", 2), "e"}, {"V", std::string("f\0", 2)}})
    CHECK(code_of({.target = Command{"true"}, .environment = {.set = {{name, value}}}}) == Errc::bad_value);
  CHECK(code_of({.target = Command{"true"}, .grace = std::chrono::milliseconds(-1)}) == Errc::bad_value);
}

}  // namespace
