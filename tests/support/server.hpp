// SPDX-License-Identifier: MIT
// The fork server of a case's state directory, without the client that knows how to treat it.
#pragma once

#include <csignal>

#include "brood/fork_server.hpp"
#include "launch/make_monitor.hpp"
#include "monitor/server_message.hpp"
#include "os/lock.hpp"
#include "os/proc.hpp"
#include "os/process.hpp"
#include "os/socket.hpp"
#include "store/server_record.hpp"
#include "support/jobs.hpp"

namespace brood::test {

/// A job of the fork server that says "up", stays until the hold is opened, and exits with this code.
inline JobSpec ending_with(const Jobs& jobs, int code) {
  JobSpec spec = jobs.staying({}, StartMethod::forkserver);
  spec.target.insert(spec.target.end(), {"exit", std::to_string(code)});
  return spec;
}

/// The place where clients look for the server.
struct ServerPlace {
  explicit ServerPlace(const Jobs& jobs)
      : state(store::StateDir::make(jobs.temp.path())),
        dir(store::open_server_dir(state)),
        path(store::server_dir_path(state)) {}

  os::Fd listen() const { return os::listen_at(dir.get(), path, "socket"); }
  /// As the server holds it; empty if somebody else does.
  os::Fd lock() const {
    os::Fd file = os::open_at(dir.get(), "lock", os::Open::create);
    return os::try_lock(file.get(), os::Lock::exclusive) ? std::move(file) : os::Fd();
  }
  os::Fd connect() const {
    auto socket = os::connect_at(dir.get(), path, "socket");
    if (!socket) throw std::runtime_error("nobody listens in the server's place");
    return std::move(*socket);
  }

  store::StateDir state;
  os::Fd dir;
  std::string path;
};

/// A server that leaves as soon as it has neither a job nor a client, and a client that keeps it until it is reset.
struct HeldServer {
  HeldServer(const ServerPlace& place, std::chrono::milliseconds idle) {
    monitor::ServerOrder order;
    order.state_path = place.state.path();
    order.idle = idle;
    order.state_dir = os::duplicate(place.state.fd());
    order.lock = place.lock();
    order.listener = place.listen();
    client = place.connect();
    const launch::MonitorProcess process = launch::spawn_server();
    pid = process.pid;
    monitor::send_server_order(process.channel.get(), order);
  }

  pid_t pid = 0;
  os::Fd client;
};

/// Asks until the server has seen as many jobs end as it should: each answer comes from a later turn of its loop.
inline ForkServerInfo await_server_jobs(Registry& registry, int count) {
  const os::SteadyTime give_up = os::steady_now() + watchdog;
  for (;;) {
    const ForkServerInfo info = registry.fork_server();
    if (info.jobs == count) return info;
    if (os::steady_now() >= give_up) throw std::runtime_error("the server has another number of jobs");
  }
}

/// Stops a process in its tracks, and waits until it is.
inline void freeze(pid_t pid) {
  if (::kill(pid, SIGSTOP) != 0) throw std::runtime_error("nobody to be stopped");
  for (auto stat = os::process_stat(pid); stat && stat->state != 'T'; stat = os::process_stat(pid)) {
  }
}

/// A process that is about to be killed, held so that its number cannot come to mean another.
class Victim {
 public:
  explicit Victim(pid_t pid) {
    if (auto pidfd = os::open_pidfd(pid)) pidfd_ = std::move(*pidfd);
  }
  /// False if it had ended already.
  bool kill() const { return pidfd_ && os::send_signal(pidfd_.get(), SIGKILL) == 0; }
  void await_end() const {
    if (pidfd_) await_ready(pidfd_.get());
  }

 private:
  os::Fd pidfd_;
};

/// The same for one that may have ended already.
inline void kill_if_there(pid_t pid) {
  const Victim victim(pid);
  if (victim.kill()) victim.await_end();
}

/// By SIGKILL, and gone when this returns.
inline void kill_process(pid_t pid) {
  const Victim victim(pid);
  if (!victim.kill()) throw std::runtime_error("nobody to be killed");
  victim.await_end();
}

}  // namespace brood::test
