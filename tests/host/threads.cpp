// SPDX-License-Identifier: MIT
// A host with threads of its own.
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "host/host.hpp"

namespace brood::host {
namespace {

ProcessOptions options_for(const Setting& setting, Target target, Value::Array args = {}) {
  ProcessOptions options{.target = std::move(target), .args = std::move(args), .method = setting.method};
  options.allow_threads = true;
  return options;
}

HOST_CIRCUMSTANCE("threads-start") {
  constexpr int threads = 8;
  std::atomic<int> right = 0, wrong = 0;
  std::vector<std::thread> crowd;
  for (int number = 0; number < threads; ++number)
    crowd.emplace_back([&, number] {
      for (int i = 0; i < 5; ++i) {
        const int code = number * 10 + i;
        Process function(options_for(setting, answer, {code}));
        Process command(options_for(setting, Command{"sh", "-c", "exit " + std::to_string(code)}));
        function.start();
        command.start();
        for (Process* child : {&function, &command}) ++(child->join() == code ? right : wrong);
      }
    });
  for (auto& thread : crowd) thread.join();
  say("right " + std::to_string(right) + " wrong " + std::to_string(wrong));
  say("active " + std::to_string(active_children().size()));
  say("left " + children_left());
}

// Many that join one.
HOST_CIRCUMSTANCE("threads-join-one") {
  ProcessOptions options = options_for(setting, stay, {0});
  options.in = Stream::pipe();
  Process child(std::move(options));
  child.start();
  std::atomic<int> right = 0;
  std::vector<std::thread> crowd;
  for (int i = 0; i < 8; ++i)
    crowd.emplace_back([&] {
      if (child.join() == 0 && !child.is_alive() && child.exitcode() == 0) ++right;
    });
  child.close_input();
  for (auto& thread : crowd) thread.join();
  say("right " + std::to_string(right));
  say("left " + children_left());
}

HOST_CIRCUMSTANCE("threads-refused") {
  Pipe pipe;
  std::thread other([&] { (void)stay(pipe.read); });
  Process function({.target = answer, .args = {7}, .method = setting.method});
  say("with a thread " + problem_of([&] { function.start(); }));
  if (function.state() != ProcessState::initial) say("function " + std::to_string(function.join().value()));
  Process command({.target = Command{"sh", "-c", "exit 8"}, .method = setting.method});
  command.start();
  say("command " + std::to_string(command.join().value()));
  ProcessOptions bold{.target = answer, .args = {9}, .method = setting.method};
  bold.allow_threads = true;
  Process allowed(std::move(bold));
  allowed.start();
  say("allowed " + std::to_string(allowed.join().value()));
  say(std::string("state ") + std::string(to_string(function.state())));
  pipe.close_write();
  other.join();
  if (function.state() == ProcessState::initial) {
    function.start();
    say("without it " + std::to_string(function.join().value()));
  }
  say("left " + children_left());
}

// A thread that was joined holds nothing, though the kernel may still be busy with it.
HOST_CIRCUMSTANCE("threads-ended") {
  std::string problems;
  for (int i = 0; i < 100 && problems.empty(); ++i) {
    std::thread other([] {});
    other.join();
    Process function({.target = answer, .args = {7}, .method = setting.method});
    const std::string problem = problem_of([&] { function.start(); });
    if (problem != "nothing") problems += " " + problem + " in round " + std::to_string(i);
    if (problem == "nothing" && function.join() != 7) problems += " " + end_of(function);
  }
  say("problems" + problems);
  say("left " + children_left());
}

int use_what_others_hold(int number) {
  std::vector<void*> blocks;
  for (std::size_t i = 1; i < 200; ++i) blocks.push_back(std::malloc(i * 100));
  for (void* block : blocks) std::free(block);
  std::FILE* null = std::fopen("/dev/null", "w");
  std::fprintf(null, "%d\n", number);
  std::fclose(null);
  std::fflush(nullptr);
  std::fprintf(stderr, "%s", "");
  return number;
}
BROOD_TARGET(use_what_others_hold);

std::mutex of_the_program;

HOST_CIRCUMSTANCE("threads-hold-locks") {
  std::atomic<bool> is_over = false;
  Pipe is_held;
  std::thread allocates([&] {
    while (!is_over) std::free(std::malloc(3000));
  });
  std::thread prints([&] {
    std::FILE* null = std::fopen("/dev/null", "w");
    while (!is_over) std::fprintf(null, "%s", "x"), std::fflush(nullptr);
    std::fclose(null);
  });
  Pipe pipe;
  std::thread holds([&] {
    const std::lock_guard lock(of_the_program);
    write_byte(is_held.write);
    (void)stay(pipe.read);
  });
  (void)read_byte(is_held.read);
  int right = 0;
  for (int i = 0; i < 10; ++i) {
    Process function(options_for(setting, use_what_others_hold, {i}));
    function.start();
    if (function.join() == i) ++right;
  }
  is_over = true;
  pipe.close_write();
  for (std::thread* thread : {&allocates, &prints, &holds}) thread->join();
  say("right " + std::to_string(right));
  say("left " + children_left());
}

// The death signal comes when the thread ends that made a child; that is no reason to die.
HOST_CIRCUMSTANCE("thread-starts-daemon") {
  std::vector<Process> children;
  std::thread maker([&] {
    for (int i = 0; i < 2; ++i) {
      ProcessOptions options =
          i == 0 ? options_for(setting, stay, {0}) : options_for(setting, Command{"cat"});
      options.daemon = true;
      options.in = Stream::pipe();
      children.emplace_back(std::move(options));
      children.back().start();
    }
  });
  maker.join();
  // A signal that came with the end of the thread would be there by now: it is sent before join() returns, or nearly.
  for (int i = 0; i < 20; ++i) {
    std::thread another([] {});
    another.join();
  }
  for (Process& child : children) {
    say(child.is_alive() ? "lives" : "died " + end_of(child));
    child.close_input();
    child.join();
    say("ended " + end_of(child));
  }
  say("left " + children_left());
}

// Daemons hold standard output until they die with this process; the others say that they go on.
int outlive(int facts_number, int ready) {
  write_byte(ready);
  parent_process()->join();
  const std::string line = "the other goes on\n";
  return ::write(facts_number, line.data(), line.size()) > 0 ? 0 : 1;
}
BROOD_TARGET(outlive);

int never_end(int ready) {
  write_byte(ready);
  for (;;) ::pause();
}
BROOD_TARGET(never_end);

HOST_CIRCUMSTANCE("killed") {
  Pipe ready;
  std::vector<Process> children;
  const auto start_both = [&] {
    for (const bool is_daemon : {true, false}) {
      ProcessOptions options = is_daemon ? options_for(setting, never_end, {ready.write})
                                         : options_for(setting, outlive, {1, ready.write});
      options.daemon = is_daemon;
      options.pass_fds = {ready.write};
      children.emplace_back(std::move(options));
      children.back().start();
      (void)read_byte(ready.read);
    }
  };
  if (setting.is("from-thread")) {
    std::thread maker(start_both);
    maker.join();
  } else {
    start_both();
  }
  say(children[0].is_alive() ? "daemon lives" : "daemon died");
  ::kill(::getpid(), SIGKILL);
}

}  // namespace
}  // namespace brood::host
