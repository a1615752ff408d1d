// SPDX-License-Identifier: MIT
#include "process/server.hpp"

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "base/wire.hpp"
#include "brood/error.hpp"
#include "os/block.hpp"
#include "os/child.hpp"
#include "os/process.hpp"
#include "os/signals.hpp"
#include "os/socket.hpp"
#include "process/birth.hpp"
#include "process/life.hpp"
#include "process/self.hpp"

namespace brood::process {
namespace {

// Descriptors in the order in which they came.
class Received {
 public:
  explicit Received(std::vector<os::Fd> fds) {
    for (os::Fd& fd : fds) fds_.push_back(std::move(fd));
  }
  os::Fd next() {
    if (fds_.empty()) throw Error(Errc::protocol_mismatch, "take a descriptor");
    os::Fd fd = std::move(fds_.front());
    fds_.pop_front();
    return fd;
  }

 private:
  std::deque<os::Fd> fds_;
};

// Puts each where it belongs. First all of them out of the way: one's place may be where another one has come to be.
void place_all(Received& received, const Upbringing& upbringing) {
  std::vector<std::pair<os::Fd, int>> moves;
  int highest = 3;
  for (const int number : upbringing.pass_fds) highest = std::max(highest, number + 1);
  for (int number = 0; number < 3; ++number) {
    if (upbringing.has_stream[number])
      moves.emplace_back(os::duplicate(received.next().get(), highest), number);
    else
      os::close_quietly(number);
  }
  for (const int number : upbringing.pass_fds)
    moves.emplace_back(os::duplicate(received.next().get(), highest), number);
  for (const auto& [fd, number] : moves) os::place(fd.get(), number);
}

void grow_up(const Birth& birth, const Upbringing& upbringing, const os::Fd& directory, Received& received) {
  os::put_on(upbringing.traits);
  if (birth.new_session)
    os::start_session();
  else
    os::join_group(upbringing.group);
  if (birth.death_signal != 0 && !os::set_death_signal(birth.death_signal, birth.parent)) die_unborn();
  os::reset_signals();
  os::enter_directory(directory.get());
  os::replace_environment(upbringing.environment);
  place_all(received, upbringing);
}

[[noreturn]] void be_child(const std::string& request, std::vector<os::Fd> fds) noexcept {
  try {
    // No structured binding: clang 14 captures none in a lambda.
    const auto told = birth_and_upbringing_from(request);
    const Birth& birth = told.first;
    const Upbringing& upbringing = told.second;
    Received received(std::move(fds));
    os::Fd channel = received.next();
    // Out of the way of those that are passed under numbers of their own.
    int above = 3;
    for (const int number : upbringing.pass_fds) above = std::max(above, number + 1);
    const os::Fd directory = os::duplicate(received.next().get(), above);
    os::Fd parent = os::duplicate(received.next().get(), above);

    const os::Fd pidfd = os::open_pidfd(os::own_pid()).value();
    WireWriter answer;
    answer.put(os::own_pid());
    const int own[] = {pidfd.get()};
    os::send_block(channel.get(), answer.bytes(), own);
    std::string go;
    std::vector<os::Fd> none;
    if (!os::receive_exactly(channel.get(), 1, go, none)) die_unborn();
    channel.reset();

    (void)introduce(birth, std::move(parent));
    live([&] {
      grow_up(birth, upbringing, directory, received);
      if (birth.target.empty()) return 0;
      return detail::find_target(birth.target).run(birth.arguments);
    });
  } catch (...) {
    die_unborn();
  }
}

}  // namespace

void serve(os::Fd channel) noexcept {
  try {
    // Signals of the terminal are for the program; its children will have them again.
    const os::SignalBlock block;
    const std::string own_name = os::process_name();
    os::set_process_name("brood-server");
    for (;;) {
      std::vector<os::Fd> fds;
      const auto request = os::receive_block(channel.get(), fds);
      if (!request) os::exit_now(0);
      pid_t pid = -1;
      try {
        pid = os::fork_for_parent();
      } catch (const Error& problem) {
        WireWriter answer;
        answer.put(-problem.code().value());
        if (!fds.empty()) (void)os::send_now(fds.front().get(), answer.bytes());
      }
      if (pid == 0) {
        channel.reset();
        os::set_process_name(own_name.c_str());
        be_child(*request, std::move(fds));
      }
    }
  } catch (...) {
    os::exit_now(1);
  }
}

}  // namespace brood::process
