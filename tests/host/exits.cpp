// SPDX-License-Identifier: MIT
// The end of the program, and of Process objects.
#include <unistd.h>

#include <csignal>
#include <list>
#include <stdexcept>

#include "host/host.hpp"

namespace brood::host {
namespace {

using namespace std::chrono_literals;

void write_line(const std::string& text) {
  const std::string line = text + "\n";
  if (::write(1, line.data(), line.size()) != static_cast<ssize_t>(line.size())) ::_exit(98);
}

// Ends at SIGTERM, and says so before.
int obey(int ready) {
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &term, nullptr);
  write_byte(ready);
  int signal = 0;
  (void)::sigwait(&term, &signal);
  write_line(this_process().name() + " told");
  return 0;
}
BROOD_TARGET(obey);

int ignore_term(int ready) {
  ::signal(SIGTERM, SIG_IGN);
  write_byte(ready);
  for (;;) ::pause();
}
BROOD_TARGET(ignore_term);

// Reads its input to the end, and says that it ends.
int end_with_input(int ready) {
  write_byte(ready);
  (void)stay(0);
  write_line(this_process().name() + " ends");
  return 0;
}
BROOD_TARGET(end_with_input);

// Started, and ready.
Process* made(
    const Setting& setting, Pipe& ready, Target target, const char* name,
    const std::function<void(ProcessOptions&)>& change = [](ProcessOptions&) {}) {
  ProcessOptions options{
      .target = std::move(target), .name = name, .args = {ready.write}, .method = setting.method};
  options.pass_fds = {ready.write};
  change(options);
  // Never destroyed, and known to somebody for as long.
  static auto* kept = new std::list<Process>;
  auto* child = &kept->emplace_back(std::move(options));
  child->start();
  (void)read_byte(ready.read);
  return child;
}

// Daemons are told before anybody is joined: `other` ends when `daemon` has. With daemons_last it is the other way round.
HOST_CIRCUMSTANCE("exit-order") {
  Pipe ready;
  Pipe of_daemon;
  const bool is_last = setting.is("daemons-last");
  Process* const daemon = made(setting, ready, obey, "daemon", [&](ProcessOptions& options) {
    options.daemon = true;
    // What `other` reads from ends with the daemon.
    if (!is_last) options.pass_fds.push_back(of_daemon.write);
  });
  of_daemon.close_write();
  Process* const other = made(setting, ready, end_with_input, "other", [&](ProcessOptions& options) {
    options.in = is_last ? Stream::pipe() : Stream::descriptor(of_daemon.read);
  });
  set_exit_policy({.daemons_last = is_last});
  at_exit(ExitHook::before_children, [=] {
    say("second hook before");
    if (is_last) other->close_input();
  });
  at_exit(ExitHook::before_children, [=] {
    say(std::string("first hook before, ") +
        (daemon->is_alive() && other->is_alive() ? "both live" : "not both live"));
  });
  at_exit(ExitHook::after_children, [=] { say("after " + end_of(*daemon) + " " + end_of(*other)); });
}

HOST_CIRCUMSTANCE("exit-deaf-daemon") {
  Pipe ready;
  Process* const daemon = made(setting, ready, ignore_term, "daemon", [](ProcessOptions& options) {
    options.daemon = true;
    options.grace = 50ms;
  });
  at_exit(ExitHook::after_children, [=] { say("after " + end_of(*daemon)); });
}

// One that is stopped can only act upon SIGTERM when it is continued.
HOST_CIRCUMSTANCE("exit-stopped-daemon") {
  Pipe ready;
  Process* const daemon =
      made(setting, ready, obey, "daemon", [](ProcessOptions& options) { options.daemon = true; });
  daemon->signal(SIGSTOP);
  at_exit(ExitHook::after_children, [=] { say("after " + end_of(*daemon)); });
}

HOST_CIRCUMSTANCE("exit-patience") {
  Pipe ready;
  Process* const meek = made(setting, ready, obey, "meek");
  Process* const deaf =
      made(setting, ready, ignore_term, "deaf", [](ProcessOptions& options) { options.grace = 50ms; });
  set_exit_policy({.patience = 50ms});
  at_exit(ExitHook::after_children, [=] { say("after " + end_of(*meek) + " " + end_of(*deaf)); });
}

// In a child, too: its own children are joined before it ends.
int leave_children(int ready) {
  const Setting setting{get_start_method(), {}};
  Pipe of_mine;
  Process* const mine = made(setting, of_mine, end_with_input, "mine",
                             [](ProcessOptions& options) { options.in = Stream::pipe(); });
  at_exit(ExitHook::before_children, [=] {
    write_line("hook in child");
    mine->close_input();
  });
  at_exit(ExitHook::after_children, [=] { write_line("child after " + end_of(*mine)); });
  write_byte(ready);
  exit(12);
}
BROOD_TARGET(leave_children);

HOST_CIRCUMSTANCE("exit-of-child") {
  Pipe ready;
  set_start_method(setting.method);
  Process* const child = made(setting, ready, leave_children, "child");
  say("child " + std::to_string(child->join().value_or(-99)));
}

struct Left : std::runtime_error {
  using std::runtime_error::runtime_error;
};

HOST_CIRCUMSTANCE("destroyed") {
  Pipe ready;
  const auto with = [&](OnDestroy what, const Target& target) {
    ProcessOptions options{.target = target, .args = {ready.write}, .method = setting.method};
    options.pass_fds = {ready.write};
    options.on_destroy = what;
    options.grace = 50ms;
    options.in = Stream::pipe();
    Process child(std::move(options));
    child.start();
    (void)read_byte(ready.read);
    return child;
  };
  {
    // Ends by itself: it has no input.
    Process joined({.target = end_with_input,
                    .args = {ready.write},
                    .method = setting.method,
                    .pass_fds = {ready.write}});
    joined.start();
  }
  (void)read_byte(ready.read);
  say("joined, left " + children_left());
  { Process ended = with(OnDestroy::terminate, obey); }
  say("terminated, left " + children_left());
  { Process ended = with(OnDestroy::terminate, ignore_term); }
  say("killed, left " + children_left());
  try {
    Process ended = with(OnDestroy::terminate, ignore_term);
    throw Left("here");
  } catch (const Left&) {
    say("unwound, left " + children_left());
  }
  {
    Process assigned = with(OnDestroy::terminate, ignore_term);
    assigned = Process({.target = answer, .args = {3}, .method = setting.method});
    say("assigned, left " + children_left());
    assigned.start();
    Process moved = std::move(assigned);
    say("moved from " + problem_of([&] { (void)assigned.join(); }));
    say("moved " + std::to_string(moved.join().value_or(-99)));
    assigned = std::move(moved);
    say("back " + end_of(assigned));
  }
  { Process detached = with(OnDestroy::detach, obey); }
  auto active = active_children();
  say("detached, active " + std::to_string(active.size()));
  { const auto handles = active_children(); }
  say(active.front().is_alive() ? "lives" : "died");
  active.front().terminate();
  active.front().join();
  say("left " + children_left());
}

}  // namespace
}  // namespace brood::host
