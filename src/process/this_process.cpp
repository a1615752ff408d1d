// SPDX-License-Identifier: MIT
#include "brood/this_process.hpp"

#include "os/clock.hpp"
#include "os/poll.hpp"
#include "process/self.hpp"

namespace brood {

ThisProcess this_process() noexcept { return {}; }

std::string ThisProcess::name() const {
  process::Self& me = process::self();
  const std::lock_guard lock(me.mutex);
  return me.name;
}

pid_t ThisProcess::pid() const { return process::self().pid; }

std::vector<int> ThisProcess::identity() const {
  process::Self& me = process::self();
  const std::lock_guard lock(me.mutex);
  return me.identity;
}

bool ThisProcess::daemon() const {
  process::Self& me = process::self();
  const std::lock_guard lock(me.mutex);
  return me.daemon;
}

ProcessKey ThisProcess::authkey() const {
  process::Self& me = process::self();
  const std::lock_guard lock(me.mutex);
  return me.key;
}

void ThisProcess::set_authkey(const ProcessKey& key) {
  process::Self& me = process::self();
  const std::lock_guard lock(me.mutex);
  me.key = key;
}

std::optional<ParentProcess> parent_process() {
  process::Self& me = process::self();
  const std::lock_guard lock(me.mutex);
  if (!me.parent) return std::nullopt;
  return ParentProcess(me.parent->pid, me.parent->name, me.parent->pidfd.get());
}

bool ParentProcess::is_alive() const { return !os::is_ready(sentinel_); }
void ParentProcess::join() const { (void)os::await_ready(sentinel_, {}); }
bool ParentProcess::join_within(Timeout timeout) const {
  return os::await_ready(sentinel_, os::deadline_after(timeout));
}

}  // namespace brood
