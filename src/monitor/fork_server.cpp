// SPDX-License-Identifier: MIT
#include "monitor/fork_server.hpp"

#include <algorithm>
#include <csignal>
#include <list>
#include <span>

#include "monitor/guard.hpp"
#include "monitor/names.hpp"
#include "monitor/order.hpp"
#include "monitor/serve.hpp"
#include "monitor/server_message.hpp"
#include "monitor/wards.hpp"
#include "os/file.hpp"
#include "os/poll.hpp"
#include "os/proc.hpp"
#include "os/process.hpp"
#include "os/signals.hpp"
#include "os/socket.hpp"
#include "store/names.hpp"
#include "store/server_record.hpp"
#include "store/state_dir.hpp"

namespace brood::monitor {
namespace {

using namespace std::chrono_literals;

// A client that has not said within this time what it wants is none.
constexpr auto head_patience = 5s;
// Connections that have not yet said what they want. Who connects in order to ask, asks at once; so when there are more,
// those who have been silent for longest make way.
constexpr std::size_t most_silent = 256;
// After the system had no descriptor left for one more.
constexpr auto accept_pause = 100ms;

class ForkServer {
 public:
  explicit ForkServer(ServerOrder order);
  void serve();

 private:
  struct Silent {
    os::Fd socket;
    std::string received;
    os::SteadyTime give_up;
  };
  enum class Head { wanted, complete, bad };

  void wait_for_news();
  void take_in();
  std::optional<os::Fd> accept_one();
  Head read_head(Silent& client) const;
  void on_clients();
  void on_client(os::Fd socket, const std::string& bytes);
  void launch(os::Fd socket);
  static void refuse(int socket, const Error& problem);
  void stop(os::Fd socket, bool is_forced);
  enum class Jobs { see_ended, leave_alone };
  void leave(Jobs jobs);

  void on_signals();

  ForkServerInfo info() const;
  os::Deadline deadline() const;
  bool is_needed() const { return !is_leaving_ || wards_.adopted() > 0 || (sees_ended_ && wards_.any()); }
  bool is_idle() const { return !wards_.any() && silent_.empty(); }

  store::StateDir state_;
  os::Fd server_dir_;
  os::Fd lock_;
  os::Fd listener_;
  std::optional<std::chrono::milliseconds> idle_;
  WallTime started_at_;
  os::Fd signals_;
  std::list<Silent> silent_;
  os::Deadline accepts_again_;         // set while nobody can be taken in
  std::pair<os::Fd, os::Fd> channel_;  // of reports; the second is that of all monitors
  Wards wards_;
  os::SteadyTime idle_since_;
  bool is_leaving_ = false;
  bool sees_ended_ = false;
  std::vector<os::Fd> farewell_;
};

ForkServer::ForkServer(ServerOrder order)
    : state_(store::StateDir::adopt(order.state_path, std::move(order.state_dir))),
      server_dir_(store::open_server_dir(state_)),
      lock_(std::move(order.lock)),
      listener_(std::move(order.listener)),
      idle_(order.idle),
      started_at_(os::wall_now()),
      signals_(os::open_signal_fd()),
      channel_(os::socket_pair()),
      wards_(std::move(channel_.first), &state_),
      idle_since_(os::steady_now()) {
  os::listen_on(listener_.get(), os::long_queue);  // so that clients see who it is that listens
  store::save_server_record(server_dir_.get(), {os::own_pid(), os::start_time_of(os::own_pid()),
                                                os::boot_id(), os::pid_namespace(), started_at_});
}

void ForkServer::serve() {
  while (is_needed()) wait_for_news();
}

os::Deadline ForkServer::deadline() const {
  os::Deadline next;
  if (idle_ && is_idle() && !is_leaving_) next = os::later(idle_since_, *idle_);
  for (const Silent& client : silent_) next = os::earlier(next, client.give_up);
  return os::earlier(os::earlier(next, accepts_again_), wards_.deadline());
}

void ForkServer::wait_for_news() {
  if (accepts_again_ && os::steady_now() >= *accepts_again_) accepts_again_.reset();
  std::vector<pollfd> fds{{signals_.get(), POLLIN, 0}, {accepts_again_ ? -1 : listener_.get(), POLLIN, 0}};
  for (const Silent& client : silent_) fds.push_back({client.socket.get(), POLLIN, 0});
  const std::size_t first_of_wards = fds.size();
  wards_.add_to(fds);
  (void)os::poll(fds, deadline());
  if (fds[0].revents) on_signals();
  wards_.on_ready(std::span(fds).subspan(first_of_wards));
  on_clients();
  if (fds[1].revents) take_in();
  if (!is_idle()) idle_since_ = os::steady_now();
  if (idle_ && is_idle() && os::steady_now() >= os::later(idle_since_, *idle_)) leave(Jobs::see_ended);
}

std::optional<os::Fd> ForkServer::accept_one() {
  for (;;) {
    try {
      return os::accept_one(listener_.get());
    } catch (const Error&) {
      // The kernel takes the descriptor before it looks whether anybody is there.
      if (!os::is_ready(listener_.get())) return std::nullopt;
      if (silent_.empty()) break;
      silent_.pop_front();
    }
  }
  accepts_again_ = os::steady_now() + accept_pause;
  return std::nullopt;
}

void ForkServer::take_in() {
  for (std::size_t i = 0; listener_ && i < most_silent; ++i) {  // there is other work as well
    auto socket = accept_one();
    if (!socket) return;
    if (!os::is_trusted(os::peer_uid(socket->get()))) continue;
    if (silent_.size() == most_silent) silent_.pop_front();
    silent_.push_back({std::move(*socket), {}, os::steady_now() + head_patience});
    // Most have said it already.
    if (read_head(silent_.back()) == Head::complete) {
      Silent client = std::move(silent_.back());
      silent_.pop_back();
      on_client(std::move(client.socket), client.received);
    }
  }
}

// Not a byte more: the order that may follow, with its descriptors, is for the monitor.
ForkServer::Head ForkServer::read_head(Silent& client) const {
  if (!os::receive_some(client.socket.get(), client.received, server_head_size - client.received.size()))
    return Head::bad;
  return client.received.size() == server_head_size ? Head::complete : Head::wanted;
}

void ForkServer::on_clients() {
  std::list<Silent> asking;
  for (auto client = silent_.begin(); client != silent_.end();) {
    const auto next = std::next(client);
    const Head head = read_head(*client);
    if (head == Head::complete)
      asking.splice(asking.end(), silent_, client);
    else if (head == Head::bad || os::steady_now() >= client->give_up)
      silent_.erase(client);
    client = next;
  }
  for (Silent& client : asking) on_client(std::move(client.socket), client.received);
}

void ForkServer::on_client(os::Fd socket, const std::string& bytes) {
  const auto head = parse_server_head(bytes);
  if (!head) return;
  wards_.hear_monitors();  // so that no job counts that is known to be over
  try {
    if (head->kind == ServerKind::stop || head->kind == ServerKind::force_stop)
      return stop(std::move(socket), head->kind == ServerKind::force_stop);
    if (head->version != server_version) {
      (void)os::send_now(socket.get(), server_head(ServerKind::other_version));
    } else if (head->kind == ServerKind::launch) {
      launch(std::move(socket));
    } else if (head->kind == ServerKind::status) {
      (void)os::send_now(socket.get(), server_head(ServerKind::report));
      send_server_info(socket.get(), info());
    }
  } catch (const std::exception&) {
    // It is gone.
  }
}

void ForkServer::launch(os::Fd socket) {
  pid_t pid = 0;
  try {
    wards_.keep_room();
    pid = os::fork_with_descriptors_below(std::max(lasting_fds, socket.get() + 1));
  } catch (const Error& problem) {
    return refuse(socket.get(), problem);
  }
  if (pid != 0) {
    wards_.add(pid, std::move(socket));
    return;
  }
  // At once: while the child holds the lock, the death of the server would not be seen.
  int keep[] = {socket.get(), channel_.second.get()};
  std::sort(std::begin(keep), std::end(keep));
  os::close_all_but(3, keep, std::size(keep));
  os::start_session();
  os::set_blocking(socket.get());
  int status = 1;
  if (os::send_now(socket.get(), server_head(ServerKind::ready)))
    status = serve_background(std::move(socket), {std::move(channel_.second), false});
  os::exit_now(status);
}

// As the monitor would answer that there is none of.
void ForkServer::refuse(int socket, const Error& problem) {
  if (!os::send_now(socket, server_head(ServerKind::ready))) return;
  (void)send_outcome_now(
      socket, {0, Error(problem.code(), "start the job: the fork server has no room for it",
                        "brood forkserver stop --force lets the next start make another; its jobs go on")});
}

ForkServerInfo ForkServer::info() const {
  const auto adopted = static_cast<int>(wards_.adopted());
  return {true, os::own_pid(), static_cast<int>(wards_.at_work()) + adopted, adopted, started_at_, idle_};
}

void ForkServer::stop(os::Fd socket, bool is_forced) {
  if (!is_forced && info().jobs > 0) {
    (void)os::send_now(socket.get(), server_head(ServerKind::busy));
    return send_server_info(socket.get(), info());
  }
  leave(is_forced ? Jobs::leave_alone : Jobs::see_ended);
  (void)os::send_now(socket.get(), server_head(ServerKind::leaving));
  if (!is_needed()) farewell_.push_back(std::move(socket));  // whose end tells of ours
}

// From here on another server may be made. What this one keeps itself it still sees to its end; monitors can do without
// a guard, and are only waited for where nobody asked for haste.
void ForkServer::leave(Jobs jobs) {
  if (is_leaving_) return;
  is_leaving_ = true;
  sees_ended_ = jobs == Jobs::see_ended;
  os::remove_file_at(server_dir_.get(), store::names::server_socket);
  // Whoever found the socket before has a connection now and is served. Who comes even later loses it before anything
  // was done for him, and asks again.
  take_in();
  listener_.reset();
  os::remove_file_at(server_dir_.get(), store::names::server_record);
  lock_.reset();
}

void ForkServer::on_signals() {
  while (const auto signal = os::next_signal(signals_.get()))
    if (signal->number == SIGTERM) leave(Jobs::see_ended);
  wards_.on_children();
}

}  // namespace

int serve_forks(os::Fd channel) noexcept {
  try {
    const os::SignalBlock block;
    std::optional<Error> unfit;
    try {
      settle();
      take_part(server_name);
      os::make_neutral();
      os::leave_directory();
      (void)os::set_umask(077);
    } catch (const Error& problem) {
      unfit = problem;
    }
    // Told when the order has come: whoever is still sending it would only find that nobody listens.
    auto order = receive_server_order(channel.get());
    if (!order) return 1;
    if (unfit) throw *unfit;
    ForkServer server(std::move(*order));
    (void)send_outcome_now(channel.get(), {});
    channel.reset();
    server.serve();
    return 0;
  } catch (const Error& problem) {
    if (channel)
      (void)send_outcome_now(channel.get(), {0, problem});  // whoever makes us learns why there is no server
    return 1;
  } catch (const std::exception&) {
    return 1;
  }
}

}  // namespace brood::monitor
