// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <iterator>

#include "base/wire.hpp"
#include "os/block.hpp"
#include "os/child.hpp"
#include "os/file.hpp"
#include "os/poll.hpp"
#include "os/process.hpp"
#include "os/socket.hpp"
#include "process/image.hpp"
#include "process/self.hpp"
#include "process/server_link.hpp"
#include "process/start.hpp"

namespace brood::process {
namespace {

using namespace std::chrono_literals;

std::pair<os::Fd, os::Fd> channel_pair() {
  auto [ours, theirs] = os::socket_pair();
  return {above_streams(std::move(ours)), above_streams(std::move(theirs))};
}

// With the program's environment, as a child would have it, and nothing else.
std::unique_ptr<ServerLink> make_server() {
  auto [ours, theirs] = channel_pair();
  ProcessOptions options;
  options.out = Stream::null();
  options.err = Stream::null();
  // A fork of this process may hold our end of the channel when we are no more.
  Birth birth;
  birth.death_signal = SIGKILL;
  Streams streams = open_streams(options);
  const Order order{options, birth, StartMethod::spawn, streams, {}};
  // On a lasting thread, for it has a death signal; that thread becomes the parent of all its children.
  Born born = execute_image(order, server_option, {theirs.get()});
  return std::make_unique<ServerLink>(born.pid, above_streams(std::move(born.pidfd)), std::move(ours));
}

// Where each of the child's streams comes from; -1 for one that is closed. To be asked once, and before anything else of
// ours is opened, which might take its number.
using Sources = std::array<int, 3>;

Sources sources_of(const Order& order) {
  Sources sources{};
  for (int i = 0; i < 3; ++i) {
    const int given = order.streams.fds[i];
    sources[static_cast<std::size_t>(i)] = given >= 0 ? given : os::is_open(i) ? i : -1;
  }
  return sources;
}

std::string request_of(const Order& order, const Sources& sources) {
  Upbringing upbringing;
  upbringing.environment = environment_for(order.options);
  upbringing.traits = os::own_traits();
  upbringing.group = os::own_group();
  for (std::size_t i = 0; i < 3; ++i) upbringing.has_stream[i] = sources[i] >= 0;
  upbringing.pass_fds = order.pass_fds;
  return to_bytes(order.birth, upbringing);
}

std::vector<int> descriptors_of(const Order& order, const Sources& sources, int channel, int directory) {
  std::vector<int> fds{channel, directory, order.birth.parent_pidfd};
  std::copy_if(sources.begin(), sources.end(), std::back_inserter(fds), [](int fd) { return fd >= 0; });
  fds.insert(fds.end(), order.pass_fds.begin(), order.pass_fds.end());
  return fds;
}

// The child's answer; empty if it, or the server before it, has died.
std::optional<Born> answer_from(int channel) {
  std::vector<os::Fd> fds;
  const auto answer = os::receive_block(channel, fds, 64);
  if (!answer) return std::nullopt;
  const auto number = WireReader(*answer).integer();
  if (number < 0)
    throw Error(std::error_code(static_cast<int>(-number), std::system_category()), "fork in the server");
  const auto pid = static_cast<pid_t>(number);
  if (fds.size() != 1) return Born{pid, {}};  // no number was free for it
  return Born{pid, std::move(fds.front())};
}

// With the lock. One that has died, or just dies, is replaced.
void send(Self& me, const std::string& request, std::span<const int> fds) {
  for (bool is_fresh = false;; is_fresh = true) {
    if (me.server && me.server->has_ended()) me.server.reset();
    if (!me.server) me.server = make_server();
    if (me.server->send(request, fds)) return;
    if (is_fresh) throw Error(Errc::server_unreachable, "ask the fork server for a child");
    me.server->stop();
    me.server.reset();
  }
}

// One that has been stopped is woken, once.
bool await_answer(Self& me, int channel, os::SteadyTime begun, std::chrono::milliseconds patience) {
  const os::SteadyTime deadline = os::later(begun, patience);
  if (os::await_ready(channel, std::min(deadline, begun + 1s))) return true;
  {
    const std::lock_guard lock(me.server_mutex);
    if (me.server) me.server->wake();
  }
  return os::await_ready(channel, deadline);
}

}  // namespace

// Without our byte they leave at once.
void take_in_late(Self& me, Late which) {
  std::erase_if(me.late_children, [&](os::Fd& channel) {
    if (which == Late::come && !os::is_ready(channel.get())) return false;
    try {
      const auto born = answer_from(channel.get());
      channel.reset();
      if (born && born->pidfd)
        os::reap_at_end(born->pidfd.get());
      else if (born)
        os::wait_for_end(born->pid);
    } catch (const Error&) {
    }
    return true;
  });
}

Born start_server(const Order& order) {
  Self& me = self();
  const Sources sources = sources_of(order);
  const std::string request = request_of(order, sources);
  const std::string& cwd = order.options.cwd;
  const os::Fd directory =
      above_streams(os::open_at(os::current_directory(), cwd.empty() ? "." : cwd, os::Open::place));
  for (bool is_second = false;; is_second = true) {
    auto [ours, theirs] = channel_pair();
    {
      const std::lock_guard lock(me.server_mutex);
      take_in_late(me, Late::come);
      const auto fds = descriptors_of(order, sources, theirs.get(), directory.get());
      send(me, request, fds);
    }
    theirs.reset();
    if (!await_answer(me, ours.get(), os::steady_now(), order.options.start_timeout)) {
      const std::lock_guard lock(me.server_mutex);
      me.late_children.push_back(std::move(ours));
      throw Error(Errc::timed_out, "wait for the fork server");
    }
    if (auto born = answer_from(ours.get())) {
      if (!born->pidfd) {
        ours.reset();  // without our byte it leaves
        os::wait_for_end(born->pid);
        throw Error(std::make_error_code(std::errc::too_many_files_open), "take the child's pidfd");
      }
      (void)os::send_now(ours.get(), ".");
      return std::move(*born);
    }
    // The server was killed in between.
    if (is_second) throw Error(Errc::server_unreachable, "ask the fork server for a child");
  }
}

}  // namespace brood::process
