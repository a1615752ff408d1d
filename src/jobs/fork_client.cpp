// SPDX-License-Identifier: MIT
#include "jobs/fork_client.hpp"

#include <cerrno>
#include <csignal>
#include <functional>

#include "base/during.hpp"
#include "jobs/launching.hpp"
#include "jobs/own_children.hpp"
#include "launch/make_monitor.hpp"
#include "monitor/server_message.hpp"
#include "monitor/tree.hpp"
#include "os/file.hpp"
#include "os/lock.hpp"
#include "os/poll.hpp"
#include "os/proc.hpp"
#include "os/process.hpp"
#include "os/socket.hpp"
#include "os/watch.hpp"
#include "store/names.hpp"
#include "store/server_record.hpp"

namespace brood::jobs {
namespace {

using monitor::ServerHead;
using monitor::ServerKind;
using namespace std::chrono_literals;
namespace names = store::names;

// A server that has said nothing by then is looked into.
constexpr auto patience = 2s;
// One that is alive and simply slow is waited for so long.
constexpr auto long_patience = 30s;
// The lock is held without anybody listening for a moment only, while a server comes or goes.
constexpr auto short_patience = 5s;

struct Place {
  const store::StateDir& state;
  os::Fd dir;
  std::string path;

  explicit Place(const store::StateDir& where)
      : state(where), dir(store::open_server_dir(where)), path(store::server_dir_path(where)) {}
};

// Changes in the server's directory: its socket comes and goes. Locks, whose coming and going nobody tells, are looked at
// now and then.
class Changes {
 public:
  explicit Changes(const Place& place) : path_(place.path) {}
  /// Returns at once the first time: what happened before the watch was set has to be looked for.
  void wait() {
    if (!watch_) {
      watch_.emplace();
      (void)watch_->add(path_);
      return;
    }
    watch_->wait(os::steady_now() + 20ms);
  }

 private:
  const std::string& path_;
  std::optional<os::Watch> watch_;
};

[[noreturn]] void unreachable(const std::string& why) {
  throw Error(Errc::server_unreachable, "talk to the fork server: " + why,
              "brood forkserver stop --force; another start method needs none");
}

std::optional<os::Fd> connect(const Place& place) {
  try {
    auto socket =
        os::connect_at(place.dir.get(), place.path, names::server_socket, os::steady_now() + patience);
    if (!socket) return std::nullopt;
    const uid_t peer = os::peer_uid(socket->get());
    if (!os::is_trusted(peer)) unreachable("user " + std::to_string(peer) + " listens in its place");
    return socket;
  } catch (const Error& problem) {
    // Something that is no socket, or whose queue is full.
    if (problem.code() == std::errc::connection_refused ||
        problem.code() == std::errc::resource_unavailable_try_again ||
        problem.code() == std::errc::wrong_protocol_type)
      return std::nullopt;
    throw;
  }
}

os::Fd open_lock(const Place& place) {
  const os::PrivateUmask umask;
  return os::open_file_at(place.dir.get(), names::server_lock, os::Open::create);
}

// Whoever listens there without the lock is no server. False if there is one, or somebody is just making one: the
// socket is taken away under the lock, so it can never be theirs.
bool clear_place(const Place& place) {
  const os::Fd lock = open_lock(place);
  if (!os::try_lock(lock.get(), os::Lock::exclusive)) return false;
  os::remove_file_at(place.dir.get(), names::server_socket);
  return true;
}

// A server that cannot begin says why. One that dies without a word, or is stopped, is found out by whoever talks to it.
void await_beginning(const os::Fd& channel) {
  if (!os::await_ready(channel.get(), os::steady_now() + short_patience)) return;
  const auto failure = monitor::receive_outcome(channel.get()).failure;
  if (failure && failure->code() != Errc::monitor_gone) throw *failure;
}

// `lock` is held, so there is no server, and what is left of one may go.
void make_server(const Place& place, os::Fd lock, const ServerIdle& idle) {
  check_initialised();
  const os::PrivateUmask umask;
  os::remove_file_at(place.dir.get(), names::server_socket);
  monitor::ServerOrder order;
  order.state_path = place.state.path();
  order.idle = idle;
  order.state_dir = os::duplicate(place.state.fd());
  order.listener = os::listen_at(place.dir.get(), place.path, names::server_socket, os::long_queue);
  order.lock = std::move(lock);
  const launch::MonitorProcess server = launch::spawn_server();
  remember_child(server.pid);
  monitor::send_server_order(server.channel.get(), order);
  order = monitor::ServerOrder();
  await_beginning(server.channel);
}

// The process that the server's record means, if it can be proved to be that.
std::optional<os::Fd> proved_server(const Place& place) {
  const auto record = store::load_server_record(place.dir.get());
  if (!record || record->pid <= 1 || !os::is_here(record->boot_id, record->pid_namespace))
    return std::nullopt;
  auto pidfd = os::open_pidfd(record->pid);
  if (!pidfd || os::start_time_of(record->pid) != record->start_time || !monitor::is_keeper(record->pid))
    return std::nullopt;
  return pidfd;
}

// A connection to the server. Where there is none, `on_vacancy` gets the lock; false: then there is to be none.
std::optional<os::Fd> reach(const Place& place, const std::function<bool(os::Fd lock)>& on_vacancy) {
  const os::SteadyTime give_up = os::steady_now() + short_patience;
  Changes changes(place);
  for (;;) {
    if (auto socket = connect(place)) return socket;
    os::Fd lock = open_lock(place);
    if (os::try_lock(lock.get(), os::Lock::exclusive)) {
      if (!on_vacancy(std::move(lock))) return std::nullopt;
      continue;
    }
    // Somebody is making it just now, or it is just leaving, or something else holds the lock.
    if (os::steady_now() >= give_up) unreachable("its lock is held, but nobody listens");
    changes.wait();
  }
}

os::Fd connect_or_make(const Place& place, const ServerIdle& idle) {
  const auto make = [&](os::Fd lock) {
    during("start the fork server", [&] { make_server(place, std::move(lock), idle); });
    return true;
  };
  return std::move(*reach(place, make));
}

enum class Heard { head, nothing, closed };

Heard hear(int socket, ServerHead& head, const os::Deadline& deadline) {
  std::string bytes;
  std::vector<os::Fd> none;
  try {
    if (!os::receive_exactly(socket, monitor::server_head_size, bytes, none, deadline))
      return os::steady_now() >= deadline.value_or(os::SteadyTime::max()) ? Heard::nothing : Heard::closed;
  } catch (const Error& problem) {
    // If it is we who cannot hear, the other side may have said that it is at work. It is not to be asked twice.
    const bool is_gone =
        problem.code() == std::errc::connection_reset || problem.code() == std::errc::broken_pipe;
    if (problem.code().category() == std::system_category() && !is_gone) throw;
    return Heard::closed;
  }
  const auto parsed = monitor::parse_server_head(bytes);
  if (!parsed) return Heard::closed;
  head = *parsed;
  return Heard::head;
}

// Waits for the server's first words. `closed`: ask again; nothing has been done.
Heard await_head(const Place& place, int socket, ServerHead& head, int attempt) {
  const os::SteadyTime give_up = os::steady_now() + long_patience;
  for (;;) {
    const Heard heard = hear(socket, head, os::steady_now() + patience);
    if (heard == Heard::head) return heard;
    if (clear_place(place) || heard == Heard::closed) return Heard::closed;
    const auto server = proved_server(place);
    // Perhaps it is just being made, by another client who has found the same impostor here.
    if (!server && attempt == 0) return Heard::closed;
    if (!server) unreachable("something else holds its lock");
    (void)os::send_signal(server->get(), SIGCONT);  // most that do not answer have been stopped
    if (os::steady_now() >= give_up) unreachable("it is alive, but does not answer");
  }
}

// One question, to a server that may be of any version. Empty: there is none.
std::optional<ServerHead> ask(const Place& place, ServerKind question, std::optional<os::Fd>& socket) {
  for (int attempt = 0; attempt < 10; ++attempt) {
    socket = reach(place, [](const os::Fd&) { return false; });
    if (!socket) return std::nullopt;
    ServerHead head;
    (void)os::send_now(socket->get(),
                       monitor::server_head(question));  // to nobody: then that is what is heard
    if (await_head(place, socket->get(), head, attempt) == Heard::head) return head;
  }
  unreachable("it does not answer");
}

// It has left its place already, so another one may be there by now. Its end closes the connection; where it still
// keeps a job itself, it has closed that at once.
void await_end(int socket) {
  ServerHead head;
  (void)hear(socket, head, os::steady_now() + short_patience);
}

// Does it fit into any socket, whether somebody reads there or not?
bool is_short(const monitor::Order& order) {
  constexpr std::size_t most = 32 * 1024;
  std::size_t size = order.record_tail.size() + order.kept_environment.size();
  for (const auto* list : {&order.argv, &order.env})
    for (const auto& text : *list) size += text.size() + sizeof(std::int64_t);
  return size < most;
}

// Deaf, but alive. What it keeps itself is lost with it, which is what force means in the end.
void kill_server(const Place& place, const Error& problem) {
  const auto server = proved_server(place);
  if (!server || os::send_signal(server->get(), SIGKILL) != 0) throw Error(problem);
  (void)os::await_ready(server->get(), os::steady_now() + short_patience);
}

}  // namespace

monitor::Outcome launch_by_server(const store::StateDir& state, const monitor::Order& order) {
  const Place place(state);
  for (int attempt = 0; attempt < 10; ++attempt) {
    const os::Fd socket = connect_or_make(place, default_server_idle);
    (void)os::send_now(socket.get(), monitor::server_head(ServerKind::launch));
    // A long one waits until there is a monitor that reads it: the server may have been stopped.
    const bool is_sent = is_short(order);
    if (is_sent) monitor::send_order(socket.get(), order);
    ServerHead head;
    if (await_head(place, socket.get(), head, attempt) == Heard::closed) continue;
    if (head.kind == ServerKind::ready) {
      if (!is_sent) monitor::send_order(socket.get(), order);
      monitor::Outcome outcome = monitor::receive_outcome(socket.get());
      // A server that was started with less than we have, or elsewhere, is of no use to us; ours is to whoever is like us.
      if (!outcome.failure || outcome.failure->code() != Errc::server_unfit || attempt > 1) return outcome;
    } else if (head.kind != ServerKind::other_version) {
      unreachable("its answer is not understood");
    }
    (void)stop_server(state, true);  // its jobs go on
  }
  unreachable("it ends whenever it is asked");
}

ForkServerInfo server_info(const store::StateDir& state) {
  if (!store::find_server_dir(state)) return {};
  const Place place(state);
  std::optional<os::Fd> socket;
  const auto head = ask(place, ServerKind::status, socket);
  if (!head) return {};
  if (head->kind != ServerKind::report) unreachable("it is of another version of brood");
  return monitor::receive_server_info(socket->get(), os::steady_now() + patience);
}

ForkServerInfo start_server(const store::StateDir& state, const ServerIdle& idle) {
  (void)connect_or_make(Place(state), idle);
  return server_info(state);
}

bool stop_server(const store::StateDir& state, bool is_forced) {
  if (!store::find_server_dir(state)) return false;
  const Place place(state);
  std::optional<os::Fd> socket;
  std::optional<ServerHead> head;
  try {
    head = ask(place, is_forced ? ServerKind::force_stop : ServerKind::stop, socket);
    if (!head) return false;
  } catch (const Error& problem) {
    if (!is_forced || problem.code() != Errc::server_unreachable) throw;
    kill_server(place, problem);
    return true;
  }
  if (head->kind == ServerKind::busy) {
    const auto info = monitor::receive_server_info(socket->get(), os::steady_now() + patience);
    throw Error(Errc::server_busy, "stop the fork server: " + std::to_string(info.jobs) + " alive",
                "--force stops it all the same; its jobs go on");
  }
  await_end(socket->get());
  return true;
}

}  // namespace brood::jobs
