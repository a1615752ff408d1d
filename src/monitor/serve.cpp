// SPDX-License-Identifier: MIT
#include "monitor/serve.hpp"

#include <algorithm>
#include <cerrno>

#include "monitor/keeper.hpp"
#include "monitor/monitor.hpp"
#include "monitor/names.hpp"
#include "os/clock.hpp"
#include "os/file.hpp"
#include "os/proc.hpp"
#include "os/process.hpp"
#include "os/signals.hpp"

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
void place_passed(Order& order, os::Fd& channel) {
  const auto make_room = [&order](os::Fd& fd) { fd = moved_away(order.keep_fds, std::move(fd)); };
  make_room(channel);
  make_room(order.state_dir);
  make_room(order.name_lock);
  for (auto& stream : order.streams) make_room(stream);
  for (auto& passed : order.passed) make_room(passed);
  for (std::size_t i = 0; i < order.passed.size(); ++i) os::place(order.passed[i].get(), order.keep_fds[i]);
  order.passed.clear();
}

// All that does not depend on the order, while it is still being made: the caller waits for what comes after.
void get_ready() {
  os::set_default(SIGCHLD);  // ignored, it would take the children's ends away from us
  os::set_process_name(monitor_name);
  os::become_subreaper();
  const os::Fd null = os::open_at(os::current_directory(), "/dev/null", os::Open::read_write);
  for (int number = 0; number < 3; ++number) os::place(null.get(), number);
  (void)os::has_proc();  // these are remembered
  (void)os::boot_id();
  (void)os::pid_namespace();
}

// The caller's pipes, locks and terminal are none of a background monitor's business; all that stays is what the order
// brought, and what the target is to inherit.
void let_go_of_caller(const Order& order, int channel) {
  if (order.inherit_fds) return;  // until the target has them: let_go_of_inherited
  std::vector<int> keep = order.keep_fds;
  keep.insert(keep.end(), {channel, order.state_dir.get(), order.name_lock.get()});
  for (const auto& stream : order.streams) keep.push_back(stream.get());
  close_all_but(std::move(keep));
}

void let_go_of_inherited(const Keeper& keeper, int channel) {
  close_all_but({channel, keeper.state.fd(), keeper.dir.fd.get(), keeper.record.fd(), keeper.sentinel.fd(),
                 keeper.control.listener()});
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
    // The caller has gone. The job stays what it is.
  }
}

int keep_job(Order& order, os::Fd& channel) {
  std::optional<Keeper> keeper;
  const Policy policy = policy_of(order);
  pid_t target = 0;
  try {
    place_passed(order, channel);
    let_go_of_caller(order, channel.get());
    keeper.emplace(make_keeper(order, Place::background, true));
    target = launch(*keeper, order, no_signals(), false);
  } catch (const Error& failure) {
    report(channel.get(), {0, failure});
    return 1;
  } catch (const std::exception& failure) {
    report(channel.get(), {0, Error(std::error_code(ENOMEM, std::system_category()), failure.what())});
    return 1;
  }
  let_go_of_inherited(*keeper, channel.get());
  for (auto& stream : order.streams) (void)stream.release();  // closed with the rest
  report(channel.get(), {keeper->dir.id, {}});
  channel.reset();
  order = Order();
  os::leave_directory();
  Monitor(*keeper, target, policy, {}).watch();
  stop_control(*keeper);
  return 0;
}

}  // namespace

int serve_background(os::Fd channel) noexcept {
  try {
    const os::SignalBlock block;
    get_ready();
    auto order = receive_order(channel.get());
    if (!order) return 0;
    return keep_job(*order, channel);
  } catch (const std::exception&) {
    return 1;  // the caller learns from the closed channel
  }
}

ForegroundEnd serve_foreground(Order& order, bool is_kept) {
  const os::SignalBlock block;
  const bool ignored_sigchld = os::is_ignored(SIGCHLD);
  os::set_default(SIGCHLD);
  const auto foreign = os::has_children() ? os::children_of(os::own_pid()) : std::vector<pid_t>{};
  os::become_subreaper();
  Keeper keeper = make_keeper(order, Place::foreground, is_kept);
  const sigset_t mask = order.reset_signals ? no_signals() : block.previous();
  const pid_t target = launch(keeper, order, mask, ignored_sigchld && !order.reset_signals);
  Monitor monitor(keeper, target, policy_of(order), foreign);
  monitor.watch();
  (void)os::set_umask(keeper.caller_umask);
  const ForegroundEnd end{*keeper.info.exit_status, monitor.cause() == Cause::time_limit};
  if (is_kept)
    stop_control(keeper);
  else
    forget(keeper);
  return end;
}

}  // namespace brood::monitor
