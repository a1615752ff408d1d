// SPDX-License-Identifier: MIT
#include "monitor/own_guard.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "monitor/names.hpp"
#include "monitor/order.hpp"
#include "monitor/serve.hpp"
#include "monitor/wards.hpp"
#include "os/poll.hpp"
#include "os/process.hpp"
#include "os/signals.hpp"
#include "os/socket.hpp"

namespace brood::monitor {
namespace {

void guard(Wards wards) {
  const os::Fd signals = os::open_signal_fd();
  while (wards.any()) {
    std::vector<pollfd> fds{{signals.get(), POLLIN, 0}};
    wards.add_to(fds);
    (void)os::poll(fds, wards.deadline());
    // Nobody has any business signalling a guard; all that counts is what happens to its children.
    while (os::next_signal(signals.get())) {
    }
    wards.on_children();
    wards.on_ready(std::span(fds).subspan(1));
  }
}

// The caller learns why, as it would of any failure after its order.
void refuse(const os::Fd& channel, const Error& problem) {
  const auto order = receive_order(channel.get());
  if (order) send_outcome(channel.get(), {0, problem.during(doing_of(*order))});
}

}  // namespace

int serve_guarded(os::Fd channel) noexcept {
  try {
    const os::SignalBlock block;
    std::pair<os::Fd, os::Fd> ends;
    pid_t monitor = 0;
    try {
      settle();  // before the fork, so that it is done once
      ends = os::socket_pair();
      monitor = os::fork_process();
    } catch (const Error& problem) {
      refuse(channel, problem);
      return 0;
    }
    auto& [reports, for_monitor] = ends;
    if (monitor == 0) {
      reports.reset();
      os::start_session();
      os::exit_now(serve_background(std::move(channel), {std::move(for_monitor), true}));
    }
    take_part(guard_name);
    int keep[] = {reports.get(), channel.get()};
    std::sort(std::begin(keep), std::end(keep));
    os::close_all_but(3, keep, std::size(keep));
    (void)for_monitor.release();  // closed with the rest
    os::leave_directory();
    Wards wards(std::move(reports));
    wards.add(monitor, std::move(channel));
    guard(std::move(wards));
    return 0;
  } catch (const std::exception&) {
    return 1;
  }
}

}  // namespace brood::monitor
