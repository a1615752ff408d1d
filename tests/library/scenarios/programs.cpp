// SPDX-License-Identifier: MIT
// How whole programs end, and what they may have forgotten: for program_test.cpp.
#include <unistd.h>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "brood/context.hpp"
#include "brood/registry.hpp"
#include "brood/this_process.hpp"
#include "brood/wait.hpp"
#include "os/file.hpp"
#include "os/process.hpp"
#include "scenario.hpp"

namespace brood::scenario {
namespace {

using std::chrono::milliseconds;

// Children that are left to the end of the program, and the pipes by which they are told.
struct Left {
  os::PipeEnds up = os::make_pipe(), go = os::make_pipe();

  Process start(StartMethod method, void (*target)(int, int), ProcessOptions options = {}) {
    const int up_fd = up.write.get(), go_fd = go.read.get();
    options.target = target;
    options.args = {up_fd, go_fd};
    options.pass_fds = {up_fd, go_fd};
    options.method = method;
    options.on_destroy = OnDestroy::detach;
    Process child(std::move(options));
    child.start();
    await_byte(up.read.get());
    return child;
  }
};

// Says how it was ended, after everything else: so the object is never destroyed.
void say_code(const char* word, Process& child) {
  at_exit(ExitHook::after_children, [word, &child] { put(word + text(child.exitcode()) + " "); });
}

const Scenario hooks("hooks", [](StartMethod method) {
  static Left left;
  static Process& child = *new Process(left.start(method, stay));
  at_exit(ExitHook::after_children, [] { put("after1 "); });
  say_code("child:", child);
  at_exit(ExitHook::before_children, [] { put("before1 "); });
  at_exit(ExitHook::before_children, [] {
    put("before2 ");
    send_byte(left.go.write.get());
  });
  put("main ");
});

const Scenario own_status("own-status", [](StartMethod method) {
  Process child({.target = seven, .method = method, .on_destroy = OnDestroy::detach});
  child.start();
  std::exit(5);
});

const Scenario daemons_last("daemons-last", [](StartMethod method) {
  static Left for_daemon, for_other;
  static Process& daemon = *new Process(for_daemon.start(method, stay, {.daemon = true}));
  static Process& other = *new Process(for_other.start(method, stay));
  set_exit_policy({.daemons_last = true});
  at_exit(ExitHook::before_children, [] { send_byte(for_other.go.write.get()); });
  say_code("other:", other);
  say_code("daemon:", daemon);
});

const Scenario patience_ends("patience", [](StartMethod method) {
  static Left left;
  static Process& listening = *new Process(left.start(method, stay));
  static Process& deaf = *new Process(left.start(method, stay_deaf, {.grace = milliseconds(1)}));
  static Process& deaf_daemon =
      *new Process(left.start(method, stay_deaf, {.daemon = true, .grace = milliseconds(1)}));
  set_exit_policy({.patience = milliseconds(1)});
  say_code("daemon:", deaf_daemon);
  say_code("deaf:", deaf);
  say_code("listening:", listening);
});

// A fork that ends in order is not the end of its parent's children.
const Scenario raw_fork("raw-fork", [](StartMethod method) {
  Held daemon(method, {.daemon = true}), other(method);
  at_exit(ExitHook::after_children, [] { put("hook "); });
  const pid_t fork = os::fork_process();
  if (fork == 0) std::exit(0);
  os::wait_for_end(fork);
  put("alive:" + text(daemon->is_alive()) + "," + text(other->is_alive()) + " ");
  daemon.end();
  other.end();
});

// And has an end of its own, also where the program had started nothing before.
const Scenario family_of_fork("family-of-fork", [](StartMethod method) {
  (void)this_process().name();
  const pid_t fork = os::fork_process();
  if (fork == 0) {
    static Left left;
    static Process& child = *new Process(left.start(method, stay));
    say_code("child:", child);
    at_exit(ExitHook::before_children, [] { send_byte(left.go.write.get()); });
    std::exit(0);
  }
  os::wait_for_end(fork);
  put("main ");
});

const Scenario uninitialised("no-init", [](StartMethod method) {
  Process child({.target = seven, .method = method});
  const auto words = outcome([&] { child.start(); });
  say({words, words == "none" ? text(child.join()) : to_string(child.state()).data()});
  Process command({.target = Command{"true"}, .method = method});
  command.start();
  say({text(command.join())});
  // A job needs an image that knows what to be, too: it would be this program, which starts a job.
  const char* tmp = std::getenv("TMPDIR");
  std::string place = std::string(tmp ? tmp : "/tmp") + "/brood-test-XXXXXX";
  if (!::mkdtemp(place.data())) throw std::runtime_error("no directory");
  Registry registry(place + "/state");
  JobSpec spec;
  spec.target = {"true"};
  spec.method = method;
  const auto of_job = outcome([&] { return registry.join(registry.start(spec)); });
  (void)registry.stop_fork_server(true);
  std::filesystem::remove_all(place);
  say({of_job});
});

const Scenario flush("flush", [](StartMethod method) {
  std::printf("once ");
  Process child({.target = seven, .method = method});
  child.start();
  child.join();
});

const Scenario own_executable("executable", [](StartMethod method) {
  set_executable(std::filesystem::read_symlink("/proc/self/exe").string());
  Process child({.target = seven, .method = method});
  child.start();
  say({text(child.join())});
  set_executable("/bin/false");
  Process other({.target = seven, .method = method});
  const auto words = outcome([&] { other.start(); });
  say({words, text(other.join())});
});

void tell_of_term(int) {
  const char words[] = "ended ";
  (void)!::write(STDOUT_FILENO, words, sizeof words - 1);
  ::_exit(0);
}

void tell_end(int up, int) {
  std::signal(SIGTERM, tell_of_term);
  send_byte(up);
  for (;;) ::pause();
}
BROOD_TARGET(tell_end);

// For a child that was made by a thread which has ended: that is no death of its parent.
void die_after_thread(StartMethod method, OnParentDeath what, void (*target)(int, int)) {
  Left left;
  std::optional<Process> child;
  std::thread([&] {
    child.emplace(left.start(method, target, {.on_parent_death = what, .allow_threads = true}));
  }).join();
  put("alive:" + text(child->is_alive() && !child->join(milliseconds(1))) + " ");
  os::send_signal_to_pid(os::own_pid(), SIGKILL);
}

const Scenario terminated_with_parent("terminated-with-parent", [](StartMethod method) {
  die_after_thread(method, OnParentDeath::terminate, tell_end);
});

void live_on(int up, int) {
  const auto parent = parent_process().value();
  send_byte(up);
  parent.join();
  put("survived ");
}
BROOD_TARGET(live_on);

const Scenario killed_with_parent("killed-with-parent", [](StartMethod method) {
  die_after_thread(method, OnParentDeath::kill, live_on);
});
const Scenario surviving("surviving", [](StartMethod method) {
  die_after_thread(method, OnParentDeath::nothing, live_on);
});

const Scenario server_stopped("server-stopped", [](StartMethod method) {
  Process first({.target = seven, .method = method});
  first.start();
  first.join();
  const pid_t server = fork_server::pid().value();
  stop(server);
  Process child({.target = seven, .method = method, .start_timeout = milliseconds(1)});
  say({outcome([&] { child.start(); }), std::string(to_string(child.state()))});
  (void)os::send_signal_to_pid(server, SIGCONT);
  Process next({.target = seven, .method = method});
  next.start();
  say({text(next.join())});
});

}  // namespace
}  // namespace brood::scenario
