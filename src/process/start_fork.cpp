// SPDX-License-Identifier: MIT
#include <optional>

#include "os/child.hpp"
#include "os/file.hpp"
#include "os/pipe.hpp"
#include "os/process.hpp"
#include "os/signals.hpp"
#include "process/child.hpp"
#include "process/lasting_thread.hpp"
#include "process/life.hpp"
#include "process/self.hpp"
#include "process/server_link.hpp"
#include "process/start.hpp"

namespace brood::process {
namespace {

// The threads that the program has made; that we keep one for ourselves is no danger, it holds nothing.
void refuse_threads() {
  Self& me = self();
  const std::lock_guard lock(me.mutex);
  const std::size_t ours = me.lasting_thread ? 2 : 1;
  const std::size_t all = os::thread_count();
  if (all > ours)
    throw Error(Errc::multithreaded, "fork",
                "use spawn or forkserver, or start it before the threads; allow_threads forks all the same");
}

// Everything that the child is to have which it would not have anyway.
struct Raising {
  std::optional<os::Fd> directory;
  std::optional<std::vector<std::string>> environment;
};

Raising prepare(const ProcessOptions& options) {
  Raising raising;
  const Environment& change = options.environment;
  if (!options.cwd.empty())
    raising.directory = os::open_at(os::current_directory(), options.cwd, os::Open::place);
  if (change.clear || !change.unset.empty() || !change.set.empty())
    raising.environment = environment_for(options);
  return raising;
}

// The child holds the ends of its own and its brothers' pipes that are ours, and would keep them open: it would never
// see the end of its input.
void drop_what_is_the_parents(Self& parent, const Streams& streams) noexcept {
  for (const os::Fd& end : streams.ours) os::close_quietly(end.get());
  for (const auto& brother : parent.children) brother->drop_pipes();
  if (parent.server) parent.server->drop();
}

void grow_up(const Order& order, const Raising& raising, const sigset_t& mask) {
  const Birth& birth = order.birth;
  if (birth.new_session) os::start_session();
  if (birth.death_signal != 0 && !os::set_death_signal(birth.death_signal, birth.parent)) die_unborn();
  if (!birth.inherit_signals)
    os::reset_signals();
  else
    os::set_signal_mask(mask);
  for (int number = 0; number < 3; ++number)
    if (order.streams.fds[number] >= 0) os::place(order.streams.fds[number], number);
  for (const os::Fd& copied : order.streams.theirs) os::close_quietly(copied.get());
  if (raising.directory) os::enter_directory(raising.directory->get());
  if (raising.environment) os::replace_environment(*raising.environment);
}

// In the child. It waits until its parent holds a pidfd of it: one that ended before might be reaped by a handler of the
// program, and its status be lost.
[[noreturn]] void be_child(const Order& order, const Raising& raising, const sigset_t& mask,
                           const os::PipeEnds& gate, const std::function<int()>& run) noexcept {
  os::close_quietly(gate.write.get());
  try {
    if (os::read_stream(gate.read.get(), 1).empty()) die_unborn();
    (void)introduce(order.birth, os::duplicate(order.birth.parent_pidfd));
  } catch (...) {
    die_unborn();
  }
  live([&] {
    grow_up(order, raising, mask);
    return run();
  });
}

}  // namespace

Born start_fork(const Order& order, const std::function<int()>& run) {
  if (!order.options.allow_threads) refuse_threads();
  const Raising raising = prepare(order.options);
  os::PipeEnds gate = os::make_pipe();
  Born born;
  // No handler of the program is to run in the child, which has it only until it is reset.
  const os::SignalBlock block;
  const auto make = [&] {
    Self& me = self();
    {
      // Held across the fork, so that the child finds a list that nobody was about to change.
      const std::lock_guard lock(me.mutex);
      born.pid = os::fork_process();
      if (born.pid == 0) {
        drop_what_is_the_parents(me, order.streams);
        be_child(order, raising, block.previous(), gate, run);
      }
    }
    try {
      born.pidfd = os::open_pidfd(born.pid).value();
      os::write_all(gate.write.get(), ".");
    } catch (...) {
      gate.write.reset();  // without the byte it leaves
      os::wait_for_end(born.pid);
      throw;
    }
  };
  if (order.birth.death_signal != 0)
    on_lasting_thread(make);
  else
    make();
  return born;
}

}  // namespace brood::process
