// SPDX-License-Identifier: MIT
#include "process/server_client.hpp"

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

namespace brood::process {
namespace {

using namespace std::chrono_literals;

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

}  // namespace

// With the program's environment, as a child would have it, and nothing else.
std::unique_ptr<ServerLink> execute_server() {
  auto ends = os::socket_pair();
  OwnFd ours(std::move(ends.first));
  const os::Fd theirs = std::move(ends.second);
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
  return std::make_unique<ServerLink>(born.pid, os::above_streams(std::move(born.pidfd)), std::move(ours));
}

// Children whose start was given up: those that have come by now, or, when there is no server any more that could make
// them, all. Without our byte they leave at once.
void ServerClient::take_in_late(Late which) {
  std::erase_if(late_children_, [&](os::Fd& channel) {
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

// With the lock. One that has died, or just dies, is replaced.
void ServerClient::send(const std::string& request, std::span<const int> fds) {
  for (bool is_fresh = false;; is_fresh = true) {
    if (link_ && link_->has_ended()) link_.reset();
    if (!link_) link_ = make_();
    if (link_->send(request, fds)) return;
    if (is_fresh) throw Error(Errc::server_unreachable, "ask the fork server for a child");
    link_->stop();
    link_.reset();
  }
}

// One that has been stopped is woken, once; if the time has run out by then, for the next that asks.
bool ServerClient::await_answer(int channel, std::chrono::milliseconds patience) {
  const os::SteadyTime begun = os::steady_now();
  const os::SteadyTime deadline = os::later(begun, patience), doubt = begun + 1s;
  if (os::await_ready(channel, std::min(deadline, doubt))) return true;
  {
    const std::lock_guard lock(mutex_);
    if (link_) link_->wake();
  }
  return deadline > doubt && os::await_ready(channel, deadline);
}

Born ServerClient::start(const Order& order) {
  const Sources sources = sources_of(order);
  const std::string request = request_of(order, sources);
  const std::string& cwd = order.options.cwd;
  const os::Fd directory =
      os::above_streams(os::open_at(os::current_directory(), cwd.empty() ? "." : cwd, os::Open::place));
  for (bool is_second = false;; is_second = true) {
    auto [ours, theirs] = os::socket_pair();
    {
      const std::lock_guard lock(mutex_);
      take_in_late(Late::come);
      const auto fds = descriptors_of(order, sources, theirs.get(), directory.get());
      send(request, fds);
    }
    theirs.reset();
    if (!await_answer(ours.get(), order.options.start_timeout)) {
      const std::lock_guard lock(mutex_);
      late_children_.push_back(std::move(ours));
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

std::optional<pid_t> ServerClient::pid() {
  const std::lock_guard lock(mutex_);
  if (!link_ || link_->has_ended()) return std::nullopt;
  return link_->pid();
}

bool ServerClient::stop() {
  const std::lock_guard lock(mutex_);
  if (!link_) return false;
  const bool was_there = !link_->has_ended();
  if (was_there) link_->stop();
  link_.reset();
  take_in_late(Late::all);
  return was_there;
}

}  // namespace brood::process
