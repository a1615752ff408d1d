// SPDX-License-Identifier: MIT
#include "os/signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include "os/fail.hpp"

namespace brood::os {
namespace {

sigset_t only(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  return set;
}

}  // namespace

SignalBlock::SignalBlock() {
  sigset_t all;
  sigfillset(&all);
  if (::sigprocmask(SIG_SETMASK, &all, &previous_) != 0) fail("block signals");
}

SignalBlock::~SignalBlock() { (void)::sigprocmask(SIG_SETMASK, &previous_, nullptr); }

Fd open_signal_fd() {
  sigset_t set;
  sigfillset(&set);
  // A fault of our own must end us, not wait in a queue.
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS}) sigdelset(&set, fault);
  Fd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) fail("make a signal descriptor");
  return fd;
}

std::optional<Signal> next_signal(int signal_fd) {
  signalfd_siginfo info;
  if (::read(signal_fd, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return std::nullopt;
  return Signal{static_cast<int>(info.ssi_signo), info.ssi_code > 0, static_cast<pid_t>(info.ssi_pid)};
}

namespace {
bool file_size_signal_changed = false;
}

void ignore_file_size_signal() {
  struct sigaction before;
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  file_size_signal_changed = ::sigaction(SIGXFSZ, &ignore, &before) == 0 && before.sa_handler == SIG_DFL;
}

bool is_file_size_signal_changed() { return file_size_signal_changed; }

void set_signal_mask(const sigset_t& mask) noexcept { (void)::sigprocmask(SIG_SETMASK, &mask, nullptr); }

bool is_ignored(int signal) {
  struct sigaction action;
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void set_default(int signal) {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  (void)::sigaction(signal, &action, nullptr);
}

void unblock(int signal) {
  const sigset_t set = only(signal);
  (void)::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

void block(int signal) {
  const sigset_t set = only(signal);
  (void)::sigprocmask(SIG_BLOCK, &set, nullptr);
}

void raise_signal(int signal) { (void)::kill(::getpid(), signal); }

}  // namespace brood::os
