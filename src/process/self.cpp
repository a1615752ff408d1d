// SPDX-License-Identifier: MIT
#include "process/self.hpp"

#include <algorithm>
#include <atomic>

#include "os/process.hpp"
#include "process/child.hpp"
#include "process/lasting_thread.hpp"
#include "process/server_client.hpp"

namespace brood::process {
namespace {

std::atomic<Self*> current = nullptr;

// A key that another thread was changing at the moment of the fork cannot be read.
ProcessKey key_of(Self& other) {
  const std::unique_lock lock(other.mutex, std::try_to_lock);
  return lock ? other.key : ProcessKey::random();
}

}  // namespace

Self::Self(pid_t own_pid)
    : pid(own_pid), key(ProcessKey::random()), server(std::make_unique<ServerClient>(execute_server)) {}

Self::Self(pid_t own_pid, Self& forked_from)
    : pid(own_pid),
      before(&forked_from),
      name(forked_from.name),
      identity(forked_from.identity),
      daemon(forked_from.daemon),
      allow_children(forked_from.allow_children),
      key(key_of(forked_from)),
      // A child of brood had none of its own: live() saw to it.
      is_exit_handled(forked_from.is_exit_handled && !forked_from.runs_target),
      server(std::make_unique<ServerClient>(execute_server)) {}

Self::~Self() = default;

Self& self() {
  const pid_t pid = os::own_pid();
  Self* known = current;
  while (!known || known->pid != pid) {
    auto fresh = known ? std::make_unique<Self>(pid, *known) : std::make_unique<Self>(pid);
    if (current.compare_exchange_strong(known, fresh.get())) return *fresh.release();
  }
  return *known;
}

Self& introduce(const Birth& birth, os::Fd parent_pidfd) {
  auto* made = new Self(os::own_pid());
  made->before = current;
  made->name = birth.name;
  made->identity = birth.identity;
  made->daemon = birth.daemon;
  made->allow_children = birth.allow_children;
  made->runs_target = true;
  made->is_exit_handled = true;  // live() sees to it
  made->key = birth.key.value();
  made->method = birth.method;
  made->parent = Parent{birth.parent, birth.parent_name, std::move(parent_pidfd)};
  current = made;
  return *made;
}

int own_pidfd() {
  Self& me = self();
  const std::lock_guard lock(me.mutex);
  if (!me.own_pidfd) me.own_pidfd = os::above_streams(os::open_pidfd(me.pid).value());
  return me.own_pidfd.get();
}

std::vector<std::shared_ptr<Child>> children_now() {
  Self& me = self();
  const std::lock_guard lock(me.mutex);
  return me.children;
}

void forget(const Child* child) noexcept {
  Self& me = self();
  const std::lock_guard lock(me.mutex);
  std::erase_if(me.children, [&](const auto& one) { return one.get() == child; });
}

void reap_ended() {
  for (const auto& child : children_now()) (void)child->has_ended();
}

Program& program() noexcept {
  static auto* the_program = new Program;
  return *the_program;
}

}  // namespace brood::process
