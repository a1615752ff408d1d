// SPDX-License-Identifier: MIT
// Daemons, parents, children, and the end of a program.
#include <unistd.h>

#include <csignal>

#include "brood/context.hpp"
#include "brood/this_process.hpp"
#include "brood/wait.hpp"
#include "os/file.hpp"
#include "os/process.hpp"
#include "scenario.hpp"

namespace brood::scenario {
namespace {

// What does not compile cannot be tried.
template <class T>
constexpr bool takes_name = requires(Process& process, T name) {
  process.set_name(name);
};
template <class T>
constexpr bool takes_key = requires(Process& process, T key) {
  process.set_authkey(key);
};
template <class T>
constexpr bool has_exitcode = requires(T& object) {
  object.exitcode();
};
std::string outcome_of(bool compiles) { return compiles ? "none" : "refused"; }

const Scenario daemon_flag("PC-17", [](StartMethod method) {
  Held p(method, {.daemon = true});
  const auto change = outcome([&] { p->set_daemon(false); });
  const auto rename = outcome([&] { p->set_name("n2"); });
  say({text(p->daemon()), change, outcome_of(takes_name<int>), rename, p->name()});
  p.end();
});

void start_a_child() {
  Process p({.target = nothing, .daemon = false, .method = StartMethod::fork});
  const auto words = outcome([&] { p.start(); });
  say({words});
  p.start();
}
BROOD_TARGET(start_a_child);

const Scenario daemon_has_no_children("PC-18", [](StartMethod method) {
  Process p({.target = start_a_child, .daemon = true, .method = method});
  p.start();
  say({text(p.join())});
});

int other_end = -1;  // for the handler

void tell_of_term(int) {
  const char words[] = "D-term ";
  (void)!::write(STDOUT_FILENO, words, sizeof words - 1);
  (void)!::write(other_end, "\n", 1);
  ::_exit(0);
}

// A daemon, which tells `other` when it is ended.
void tell_the_other(int up, int other) {
  other_end = other;
  std::signal(SIGTERM, tell_of_term);
  send_byte(up);
  for (;;) ::pause();
}
BROOD_TARGET(tell_the_other);

void end_after(int one) {
  await_byte(one);
  put("N-end ");
}
BROOD_TARGET(end_after);

void end_in_order(const std::string& word) {
  const StartMethod method = parse_start_method(word).value();
  os::PipeEnds up = os::make_pipe();
  const os::PipeEnds go = os::make_pipe();
  const int up_fd = up.write.get(), go_read = go.read.get(), go_write = go.write.get();
  Process daemon({.target = tell_the_other,
                  .args = {up_fd, go_write},
                  .daemon = true,
                  .method = method,
                  .pass_fds = {up_fd, go_write},
                  .on_destroy = OnDestroy::detach});
  Process other({.target = end_after,
                 .args = {go_read},
                 .method = method,
                 .pass_fds = {go_read},
                 .on_destroy = OnDestroy::detach});
  daemon.start();
  other.start();
  await_byte(up.read.get());
  put("main-end ");
}
BROOD_TARGET(end_in_order);

const Scenario exit_order("PC-19", [](StartMethod method) { end_in_order(std::string(to_string(method))); });

// The end of a child is like that of the program.
const Scenario exit_order_in_child("exit-order-in-child", [](StartMethod method) {
  Process p({.target = end_in_order, .args = {std::string(to_string(method))}, .method = method});
  p.start();
  p.join();
  put("child-end ");
});

void survive(int up) {
  const auto parent = parent_process().value();
  send_byte(up);
  parent.join();
  put("daemon survived");
}
BROOD_TARGET(survive);

const Scenario parent_terminated("PC-20", [](StartMethod method) {
  const os::PipeEnds up = os::make_pipe();
  Process p({.target = survive,
             .args = {up.write.get()},
             .daemon = true,
             .method = method,
             .pass_fds = {up.write.get()}});
  p.start();
  await_byte(up.read.get());
  os::send_signal_to_pid(os::own_pid(), SIGTERM);
});

const Scenario children("PC-25", [](StartMethod method) {
  Held a(method), b(method), c(method);
  Held* const all[] = {&a, &b, &c};
  for (Held* one : all) one->tell();
  // The descriptors alone, so that nobody has looked at the processes.
  for (Held* one : all) (void)wait({(*one)->sentinel()});
  std::vector<std::string> files;
  for (Held* one : all) files.push_back("/proc/" + std::to_string((*one)->pid().value()) + "/stat");
  const auto zombies = [&] {
    int count = 0;
    for (const auto& file : files)
      if (const auto open = os::find_at(os::current_directory(), file, os::Open::read)) {
        const std::string line = os::read_all(open->get());
        count += line.find(") Z ") != std::string::npos;
      }
    return std::to_string(count);
  };
  const std::string before = zombies();
  const std::string living = std::to_string(active_children().size());
  say({before, living, zombies()});
});

void tell_of_parent() {
  const auto parent = parent_process().value();
  say({parent.name(), text(parent.is_alive()), text(parent.pid() == os::parent_pid()),
       has_exitcode<ParentProcess> ? "some" : "none"});
}
BROOD_TARGET(tell_of_parent);

const Scenario parent_of_child("PC-26", [](StartMethod method) {
  say({parent_process() ? "some" : "none"});
  Process p({.target = tell_of_parent, .method = method});
  p.start();
  p.join();
});

void watch_parent(int up, int done) {
  const auto parent = parent_process().value();
  send_byte(up);
  (void)parent.join(patience);
  put(parent.is_alive() ? "alive" : "parent gone");
  send_byte(done);
}
BROOD_TARGET(watch_parent);

void outlive(int up, int other) {
  send_byte(up);
  await_byte(other);
}
BROOD_TARGET(outlive);

void lose_parent(StartMethod method, bool with_sibling) {
  const os::PipeEnds up = os::make_pipe();
  const os::PipeEnds done = os::make_pipe();
  const int up_fd = up.write.get(), done_read = done.read.get(), done_write = done.write.get();
  Process first({.target = watch_parent,
                 .args = {up_fd, done_write},
                 .method = method,
                 .pass_fds = {up_fd, done_read, done_write}});
  Process sibling(
      {.target = outlive, .args = {up_fd, done_read}, .method = method, .pass_fds = {up_fd, done_read}});
  first.start();
  await_byte(up.read.get());
  if (with_sibling) {
    sibling.start();
    await_byte(up.read.get());
  }
  os::send_signal_to_pid(os::own_pid(), SIGKILL);
}

const Scenario parent_gone("PC-27", [](StartMethod method) { lose_parent(method, false); });
const Scenario parent_gone_with_sibling("PC-28", [](StartMethod method) { lose_parent(method, true); });

const Scenario authkey("PC-29", [](StartMethod method) {
  const ProcessKey key = this_process().authkey();
  Process p({.method = method});
  const bool is_copy = p.authkey() == key;
  say({std::to_string(key.bytes().size()), text(is_copy), outcome_of(takes_key<const char*>),
       outcome_of(takes_key<int>), p.authkey() == key ? "as before" : "another",
       outcome_of(ToValue<ProcessKey>)});
});

}  // namespace
}  // namespace brood::scenario
