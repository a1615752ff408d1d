// SPDX-License-Identifier: MIT
#include "process/exit.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "os/clock.hpp"
#include "os/process.hpp"
#include "process/child.hpp"
#include "process/self.hpp"
#include "process/server_client.hpp"

namespace brood {
namespace process {
namespace {

using Hooks = std::vector<Hook>;

// A hook may add others, and one that throws keeps nothing else from being done.
void run_hooks(Hooks Self::*hooks, std::exception_ptr& problem) {
  Self& me = self();
  for (;;) {
    std::function<void()> hook;
    {
      const std::lock_guard lock(me.mutex);
      if ((me.*hooks).empty()) return;
      hook = std::move((me.*hooks).back().run);
      (me.*hooks).pop_back();
    }
    try {
      hook();
    } catch (...) {
      if (!problem) problem = std::current_exception();
    }
  }
}

ExitPolicy policy_now() {
  Self& me = self();
  const std::lock_guard lock(me.mutex);
  return me.exit_policy;
}

// Another thread may be at it, too, or close it.
template <class Action>
void try_with(Child& child, Action action) {
  try {
    action(child);
  } catch (const Error&) {
  }
}

void tell(Child& child) {
  try_with(child, [](Child& one) {
    (void)one.signal(SIGTERM);
    (void)one.signal(SIGCONT);
  });
}

// All of them are told before any is waited for.
void signal_daemons() {
  for (const auto& child : children_now())
    if (child->daemon()) tell(*child);
}

void join_told(Child& child, os::SteadyTime told) {
  if (child.await_end(os::later(told, child.grace()))) return;
  (void)child.signal(SIGKILL);
  (void)child.await_end({});
}

void join_other(Child& child, const Timeout& patience) {
  if (child.await_end(os::deadline_after(patience))) return;
  (void)child.terminate(child.grace());
}

enum class Which { daemons, others, all };

void join_children(Which which, const ExitPolicy& policy) {
  const os::SteadyTime told = os::steady_now();
  for (const auto& child : children_now()) {
    if (which == Which::daemons && !child->daemon()) continue;
    if (which == Which::others && child->daemon()) continue;
    try_with(*child, [&](Child& one) {
      if (one.daemon())
        join_told(one, told);
      else
        join_other(one, policy.patience);
    });
  }
}

// At the end of main(), or in std::exit. A fork of the program has the handler, too, but no children.
void at_end_of_program() { end_children(); }

}  // namespace

void handle_exit() {
  Self& me = self();
  const std::lock_guard lock(me.mutex);
  if (me.is_exit_handled) return;
  // A fork has what was registered before it.
  if (!program().has_exit_handler && std::atexit(at_end_of_program) != 0)
    throw Error(Errc::unsupported, "register an exit handler");
  program().has_exit_handler = true;
  me.is_exit_handled = true;
}

std::uint64_t before_children(std::function<void()> hook) {
  handle_exit();
  Self& me = self();
  const std::lock_guard lock(me.mutex);
  me.hooks_before.push_back({std::move(hook), ++me.last_hook});
  return me.last_hook;
}

void forget_hook(std::uint64_t number) noexcept {
  Self& me = self();
  const std::lock_guard lock(me.mutex);
  std::erase_if(me.hooks_before, [&](const Hook& hook) { return hook.number == number; });
}

void end_children() {
  std::exception_ptr problem;
  run_hooks(&Self::hooks_before, problem);
  reap_ended();
  const ExitPolicy policy = policy_now();
  if (policy.daemons_last) join_children(Which::others, policy);
  signal_daemons();
  join_children(policy.daemons_last ? Which::daemons : Which::all, policy);
  (void)self().server->stop();
  run_hooks(&Self::hooks_after, problem);
  if (problem) std::rethrow_exception(problem);
}

void end(const std::vector<std::shared_ptr<Child>>& children) {
  const os::SteadyTime told = os::steady_now();
  for (const auto& child : children) tell(*child);
  for (const auto& child : children) try_with(*child, [&](Child& one) { join_told(one, told); });
}

void flush_streams() {
  (void)std::fflush(stdout);
  (void)std::fflush(stderr);
  std::cout.flush();
  std::cerr.flush();
  std::clog.flush();
}

}  // namespace process

void at_exit(ExitHook when, std::function<void()> hook) {
  process::handle_exit();
  process::Self& me = process::self();
  const std::lock_guard lock(me.mutex);
  (when == ExitHook::before_children ? me.hooks_before : me.hooks_after).push_back({std::move(hook)});
}

void set_exit_policy(const ExitPolicy& policy) {
  process::Self& me = process::self();
  const std::lock_guard lock(me.mutex);
  me.exit_policy = policy;
}

}  // namespace brood
