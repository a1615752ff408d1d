// SPDX-License-Identifier: MIT
#include <optional>

#include "os/child.hpp"
#include "os/file.hpp"
#include "os/pipe.hpp"
#include "os/process.hpp"
#include "os/signals.hpp"
#include "process/fork_here.hpp"
#include "process/lasting_thread.hpp"
#include "process/life.hpp"
#include "process/self.hpp"
#include "process/start.hpp"

namespace brood::process {
namespace {

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
    born.pid = fork_here();
    if (born.pid == 0) be_child(order, raising, block.previous(), gate, run);
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
