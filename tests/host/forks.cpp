// SPDX-License-Identifier: MIT
// Processes that the library knows nothing of, and children of children.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "host/host.hpp"

namespace brood::host {
namespace {

ProcessOptions staying(const Setting& setting) {
  ProcessOptions options{.target = stay, .args = {0}, .method = setting.method};
  options.in = Stream::pipe();
  return options;
}

// The fork destroys the objects, and leaves through exit handlers: nothing happens to its parent's children.
HOST_CIRCUMSTANCE("raw-fork") {
  Pipe report;
  Process one(staying(setting));
  ProcessOptions of_daemon = staying(setting);
  of_daemon.daemon = true;
  of_daemon.on_destroy = OnDestroy::terminate;
  Process daemon(std::move(of_daemon));
  Process unborn({.target = answer, .args = {1}, .method = setting.method});
  one.start();
  daemon.start();
  at_exit(ExitHook::before_children, [&] { say("hook of " + this_process().name()); });

  const pid_t fork = ::fork();
  if (fork == 0) {
    say(std::string("fork sees ") + (one.is_alive() ? "alive" : "dead"));
    say("fork sees " + std::string(to_string(one.state())));
    say("join " + problem_of([&] { (void)one.join(); }));
    say("start " + problem_of([&] { unborn.start(); }));
    say("close " + problem_of([&] { one.close(); }));
    say("terminate " + problem_of([&] { (void)one.terminate(std::chrono::seconds(1)); }));
    say("active " + std::to_string(active_children().size()));
    say(std::string("fork's server ") + (fork_server::stop() ? "was there" : "none"));
    { Process gone(std::move(one)); }
    daemon = Process(ProcessOptions{.target = answer, .args = {1}});
    std::exit(5);
  }
  say("fork ended " + raw_end(fork));
  say(std::string("one ") + (one.is_alive() ? "lives" : "died"));
  say(std::string("daemon ") + (daemon.is_alive() ? "lives" : "died"));
  one.close_input();
  daemon.close_input();
  one.join();
  daemon.join();
  say("one " + end_of(one) + ", daemon " + end_of(daemon));
  say("left " + children_left());
}

// A fork has children of its own, which are joined when it ends, whether its parent had any or not.
HOST_CIRCUMSTANCE("raw-fork-starts") {
  Process early(staying(setting));
  if (setting.is("after")) early.start();
  const pid_t fork = ::fork();
  if (fork == 0) {
    ProcessOptions options{.target = Command{"sh", "-c", "read line; echo joined"}, .method = setting.method};
    options.in = Stream::pipe();
    options.on_destroy = OnDestroy::detach;
    Process child(std::move(options));
    child.start();
    Process second({.target = answer, .args = {3}, .method = setting.method});
    second.start();
    say("fork's child " + std::to_string(second.join().value_or(-99)));
    say("active " + std::to_string(active_children().size()));
    // The hooks before the children let it go on.
    auto* kept = new Process(std::move(child));
    at_exit(ExitHook::before_children, [=] { kept->close_input(); });
    at_exit(ExitHook::after_children, [=] { say("after " + end_of(*kept)); });
    std::exit(0);
  }
  say("fork ended " + raw_end(fork));
  if (early.state() == ProcessState::started) {
    early.close_input();
    say("early " + std::to_string(early.join().value_or(-99)));
  }
}

// A fork that outlives its parent holds whatever its parent had open; that must not keep the parent from ending, nor
// the fork server of a parent that is killed from going.
HOST_CIRCUMSTANCE("raw-fork-outlives") {
  Process first({.target = answer, .args = {3}, .method = setting.method});
  first.start();
  first.join();
  Pipe pipe;
  const int server = fork_server::pid().value_or(0);
  (void)raw_fork([&] {
    ::close(1);
    ::close(facts());
    pipe.close_read();
    // Until the test, which holds the other end of it, goes.
    return stay(0);
  });
  say("server " + std::to_string(server));
  if (setting.is("killed")) ::kill(::getpid(), SIGKILL);
  say("ends");
}

HOST_CIRCUMSTANCE("other-children") {
  char* argv[] = {const_cast<char*>("sh"), const_cast<char*>("-c"), const_cast<char*>("exit 4"), nullptr};
  pid_t spawned = 0;
  if (::posix_spawn(&spawned, "/bin/sh", nullptr, nullptr, argv, environ) != 0) std::abort();
  const pid_t forked = raw_fork([] { return 5; });
  const pid_t vforked = ::vfork();
  if (vforked == 0) {
    ::execv("/bin/sh", argv);
    ::_exit(6);
  }
  for (const pid_t pid : {spawned, forked, vforked}) {
    siginfo_t info{};
    (void)::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);
  }
  live_with_children(setting);
  say("active " + std::to_string(active_children().size()));
  { Process dropped(ProcessOptions{.target = answer, .args = {1}, .method = setting.method}); }
  say("spawned " + raw_end(spawned) + " forked " + raw_end(forked) + " vforked " + raw_end(vforked));
  say("left " + children_left());
}

int fork_twice() {
  const pid_t middle = raw_fork([] {
    (void)raw_fork([] {
      (void)stay(0);
      return ::write(1, "grandchild\n", 11) == 11 ? 0 : 1;
    });
    return 6;
  });
  return std::stoi(raw_end(middle)) + 1;
}
BROOD_TARGET(fork_twice);

// A grandchild that outlives the child does not keep join() from returning.
HOST_CIRCUMSTANCE("double-fork") {
  ProcessOptions options{.target = fork_twice, .method = setting.method};
  options.in = Stream::pipe();
  Process child(std::move(options));
  child.start();
  say("child " + std::to_string(child.join().value_or(-99)));
  child.close_input();
}

int nest(int depth, const std::string& method) {
  if (depth == 0) return static_cast<int>(this_process().identity().size());
  Process child({.target = nest, .args = {depth - 1, method}, .method = parse_start_method(method)});
  child.start();
  const int below = child.join().value_or(100);
  return parent_process() && child.parent() == ::getpid() ? below + 10 : 99;
}
BROOD_TARGET(nest);

HOST_CIRCUMSTANCE("nested") {
  Process child(
      {.target = nest, .args = {2, std::string(to_string(setting.method))}, .method = setting.method});
  child.start();
  say("nested " + std::to_string(child.join().value_or(-99)));
  say("left " + children_left());
}

int become_another() {
  ::execl("/bin/sh", "sh", "-c", "exit 9", static_cast<char*>(nullptr));
  return 1;
}
BROOD_TARGET(become_another);

HOST_CIRCUMSTANCE("exec-in-child") {
  for (const auto death : {OnParentDeath::nothing, OnParentDeath::kill}) {
    ProcessOptions options{.target = become_another, .method = setting.method};
    options.on_parent_death = death;
    Process child(std::move(options));
    child.start();
    say("became " + std::to_string(child.join().value_or(-99)));
  }
  say("left " + children_left());
}

}  // namespace
}  // namespace brood::host
