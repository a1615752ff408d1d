// SPDX-License-Identifier: MIT
#include "monitor/serve.hpp"

#include <algorithm>
#include <cerrno>

#include "base/during.hpp"
#include "brood/text.hpp"
#include "monitor/guard.hpp"
#include "monitor/keeper.hpp"
#include "monitor/monitor.hpp"
#include "monitor/names.hpp"
#include "os/clock.hpp"
#include "os/file.hpp"
#include "os/proc.hpp"
#include "os/process.hpp"
#include "os/signals.hpp"
#include "os/socket.hpp"

namespace brood::monitor {
namespace {

Policy policy_of(const Order& order) {
  return {order.stop_signal, order.grace, order.orphans, os::deadline_after(order.timeout)};
}

void close_all_but(std::vector<int> keep) {
  std::sort(keep.begin(), keep.end());
  os::close_all_but(3, keep.data(), keep.size());
}

os::Fd moved_away(const std::vector<int>& numbers, os::Fd fd) {
  while (fd && std::binary_search(numbers.begin(), numbers.end(), fd.get()))
    fd = os::duplicate(fd.get(), fd.get() + 1);
  return fd;
}

// The descriptors that the target keeps get their numbers here, before anything else of ours can take them. Whatever
// came by such a number makes room.
void place_passed(Order& order, os::Fd& channel, os::Fd& guard) {
  const auto make_room = [&order](os::Fd& fd) { fd = moved_away(order.keep_fds, std::move(fd)); };
  make_room(channel);
  make_room(order.state_dir);
  make_room(order.name_lock);
  make_room(order.parent);
  make_room(order.directory);
  for (auto& stream : order.streams) make_room(stream);
  for (auto& passed : order.passed) make_room(passed);
  make_room(guard);
  for (std::size_t i = 0; i < order.passed.size(); ++i) os::place(order.passed[i].get(), order.keep_fds[i]);
  order.passed.clear();
}

// The caller's pipes, locks and terminal are none of a background monitor's business; all that stays is what the order
// brought, and what the target is to inherit.
void let_go_of_caller(const Order& order, int channel, int guard) {
  if (order.inherit_fds) return;  // until the target has them: let_go_of_inherited
  std::vector<int> keep = order.keep_fds;
  keep.insert(keep.end(), {channel, guard, order.state_dir.get(), order.name_lock.get(), order.parent.get(),
                           order.directory.get()});
  for (const auto& stream : order.streams) keep.push_back(stream.get());
  close_all_but(std::move(keep));
}

void let_go_of_inherited(const Keeper& keeper, int channel, int parent, int signals) {
  close_all_but({channel, parent, signals, keeper.state.fd(), keeper.dir.fd.get(), keeper.record.fd(),
                 keeper.sentinel.fd(), keeper.control.listener(), keeper.guard.get()});
}

// A monitor that is no child of the caller has to be told what the others have from birth.
void take_after_caller(const Order& order) {
  try {
    if (order.traits) os::put_on(*order.traits);
  } catch (const Error& problem) {
    throw Error(Errc::server_unfit, problem.doing());
  }
  if (order.directory) os::enter_directory(order.directory.get());
}

sigset_t no_signals() {
  sigset_t none;
  sigemptyset(&none);
  return none;
}

void report(int channel, const Outcome& outcome) noexcept {
  try {
    send_outcome(channel, outcome);
  } catch (const std::exception&) {
    // The caller has gone, or must not wait for what cannot be said: the guard has the channel, too. The job stays what
    // it is.
    os::hang_up(channel);
  }
}

std::string why_not_again(const Order& order) {
  if (order.inherit_fds || !order.keep_fds.empty()) return "the descriptors that were passed to it are gone";
  return {};
}

// What is needed to launch the target again stays in memory; nothing else does.
Surroundings surroundings_of(Keeper& keeper, Order& order) {
  Surroundings around;
  around.parent = std::move(order.parent);
  around.why_not = why_not_again(order);
  if (around.why_not.empty())
    around.relaunch = [&keeper, &order] {
      const pid_t pid = launch_again(keeper, order);
      return Launched{pid, os::deadline_after(order.timeout)};
    };
  return around;
}

int keep_job(Order& order, os::Fd& channel, GuardLink& guard) {
  std::optional<Keeper> keeper;
  const Policy policy = policy_of(order);
  pid_t target = 0;
  os::Fd signals;
  try {
    during(doing_of(order), [&] {
      place_passed(order, channel, guard.channel);
      let_go_of_caller(order, channel.get(), guard.channel.get());
      take_after_caller(order);
      signals = os::open_signal_fd();
      keeper.emplace(make_keeper(order, Place::background, true, std::move(guard)));
    });
    target = launch(*keeper, order, no_signals(), false);
  } catch (const Error& failure) {
    report(channel.get(), {0, failure});
    return 0;
  } catch (const std::exception& failure) {
    report(channel.get(), {0, Error(std::error_code(ENOMEM, std::system_category()), failure.what())});
    return 0;
  }
  let_go_of_inherited(*keeper, channel.get(), order.parent.get(), signals.get());
  for (os::Fd* fd : {&order.streams[0], &order.streams[1], &order.streams[2], &order.directory})
    (void)fd->release();  // closed with the rest
  report(channel.get(), {keeper->dir.id, {}});
  channel.reset();
  os::leave_directory();
  Monitor(*keeper, target, policy, surroundings_of(*keeper, order)).watch(signals.get());
  stop_control(*keeper);
  return 0;
}

// The number of the signal that asked for an end, or 0.
int see_ended(JobId job, const Others& others, int signals) {
  auto ends = others(job);
  if (ends.empty()) return 0;
  while (!ends.empty()) {
    std::vector<pollfd> fds{{signals, POLLIN, 0}};
    for (const auto& end : ends) fds.push_back({end.get(), POLLIN, 0});
    (void)os::poll(fds, {});
    while (const auto signal = os::next_signal(signals)) {
      if (asks_to_end(signal->number)) return signal->number;
      while (const auto child = os::peek_ended_child()) (void)os::reap(child->pid);
    }
    for (std::size_t i = ends.size(); i-- > 0;)
      if (fds[i + 1].revents) ends.erase(ends.begin() + static_cast<std::ptrdiff_t>(i));
    if (ends.empty()) ends = others(job);
  }
  return 0;
}

}  // namespace

// All that does not depend on the order, while it is still being made: the caller waits for what comes after.
void settle() {
  os::set_default(SIGCHLD);  // ignored, it would take the children's ends away from us
  const os::Fd null = os::open_at(os::current_directory(), "/dev/null", os::Open::read_write);
  for (int number = 0; number < 3; ++number) os::place(null.get(), number);
  (void)os::has_proc();
  (void)os::boot_id();
  (void)os::pid_namespace();
}

void take_part(const char* name) {
  os::set_process_name(name);
  os::become_subreaper();
}

int serve_background(os::Fd channel, GuardLink guard) noexcept {
  try {
    const os::SignalBlock block;
    take_part(monitor_name);
    auto order = receive_order(channel.get());
    if (!order) return 0;
    return keep_job(*order, channel, guard);
  } catch (const Error& failure) {
    report(channel.get(), {0, failure.during("start the job: prepare its monitor")});
    return 1;
  } catch (const std::exception&) {
    return 1;  // the caller learns from the closed channel
  }
}

ForegroundEnd serve_foreground(Order& order, bool is_kept, const Others& others) {
  const os::SignalBlock block;
  const bool ignored_sigchld = os::is_ignored(SIGCHLD);
  os::set_default(SIGCHLD);
  const auto foreign = os::has_children() ? os::children_of(os::own_pid()) : std::vector<pid_t>{};
  os::become_subreaper();
  const std::string doing = "run '" + printable(order.name) + "'";
  const os::Fd signals = during(doing, os::open_signal_fd);
  Keeper keeper = during(doing, [&] { return make_keeper(order, Place::foreground, is_kept); });
  const sigset_t mask = order.reset_signals ? no_signals() : block.previous();
  const pid_t target = launch(keeper, order, mask, ignored_sigchld && !order.reset_signals);
  Surroundings around;
  around.walk.foreign = foreign;
  around.parent = std::move(order.parent);
  around.why_not = "it runs in the foreground of somebody else";
  Monitor monitor(keeper, target, policy_of(order), std::move(around));
  monitor.watch(signals.get());
  // The end of process 1 ends everything, and whoever stops a container does not wait for long: then nothing else is
  // waited for, and what is left is ended more gently than the kernel would.
  const bool is_init = os::own_pid() == 1;
  const int hurry =
      is_init && monitor.was_told_to_end() ? 0 : see_ended(keeper.dir.id, others, signals.get());
  if (is_init) monitor.end_all(signals.get());
  (void)os::set_umask(keeper.caller_umask);
  const ExitStatus status = hurry ? ExitStatus::signalled(hurry, false) : *keeper.info.exit_status;
  const ForegroundEnd end{status, monitor.cause() == Cause::time_limit};
  if (keeper.is_owed) save(keeper);
  if (is_kept)
    stop_control(keeper);
  else
    forget(keeper);
  return end;
}

}  // namespace brood::monitor
