// SPDX-License-Identifier: MIT
#include <optional>

#include "os/child.hpp"
#include "os/file.hpp"
#include "os/pipe.hpp"
#include "os/poll.hpp"
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
    raising.directory = os::above_streams(os::open_at(os::current_directory(), options.cwd, os::Open::place));
  if (change.clear || !change.unset.empty() || !change.set.empty())
    raising.environment = environment_for(options);
  return raising;
}

constexpr char may_live = '.';
constexpr char must_leave = '!';

// The end of the gate's pipe alone says nothing: a fork of another thread may hold its other end, too.
bool is_let_in(os::Fd gate, int parent_pidfd) {
  std::vector<pollfd> either{{gate.get(), POLLIN, 0}, {parent_pidfd, POLLIN, 0}};
  (void)os::poll(either, {});
  return either[0].revents != 0 && os::read_stream(gate.get(), 1) == std::string(1, may_live);
}

void grow_up(const Order& order, Raising& raising, const sigset_t& mask) {
  const Birth& birth = order.birth;
  if (birth.new_session) os::start_session();
  if (birth.death_signal != 0 && !os::set_death_signal(birth.death_signal, birth.parent)) die_unborn();
  if (!birth.inherit_signals)
    os::reset_signals();
  else
    os::set_signal_mask(mask);
  for (int number = 0; number < 3; ++number)
    if (order.streams.fds[number] >= 0) os::place(order.streams.fds[number], number);
  for (os::Fd& copied : order.streams.theirs) copied.reset();
  if (raising.directory) os::enter_directory(raising.directory->get());
  raising.directory.reset();
  if (raising.environment) os::replace_environment(*raising.environment);
}

// In the child. It waits until its parent holds a pidfd of it: one that ended before might be reaped by a handler of the
// program, and its status be lost.
[[noreturn]] void be_child(const Order& order, Raising& raising, const sigset_t& mask, os::Fd gate,
                           os::Fd parent_pidfd, const std::function<int()>& run) noexcept {
  try {
    if (!is_let_in(std::move(gate), parent_pidfd.get())) die_unborn();
    (void)introduce(order.birth, std::move(parent_pidfd));
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
  Raising raising = prepare(order.options);
  os::PipeEnds gate = os::make_pipe();
  // Where a stream is closed, the child is to find it closed.
  gate.read = os::above_streams(std::move(gate.read));
  gate.write = os::above_streams(std::move(gate.write));
  Born born;
  // No handler of the program is to run in the child, which has it only until it is reset.
  const os::SignalBlock block;
  const auto make = [&] {
    Self& me = self();
    born.pid = fork_here();
    if (born.pid == 0) {
      gate.write.reset();
      be_child(order, raising, block.previous(), std::move(gate.read), std::move(me.own_pidfd), run);
    }
    try {
      auto pidfd = os::open_pidfd(born.pid);
      if (!pidfd) throw Error(std::make_error_code(std::errc::no_such_process), "keep hold of the child");
      born.pidfd = std::move(*pidfd);
      os::write_all(gate.write.get(), {&may_live, 1});
    } catch (...) {
      os::write_all(gate.write.get(), {&must_leave, 1});
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
