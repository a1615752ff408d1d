// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <csignal>
#include <optional>

#include "os/fd.hpp"

namespace brood::os {

/// Blocks every signal that can be blocked, until destroyed.
class SignalBlock {
 public:
  SignalBlock();
  ~SignalBlock();
  SignalBlock(const SignalBlock&) = delete;
  SignalBlock& operator=(const SignalBlock&) = delete;
  const sigset_t& previous() const noexcept { return previous_; }

 private:
  sigset_t previous_;
};

/// A signal that arrived, as signalfd(2) tells it.
struct Signal {
  int number = 0;
  bool from_kernel = false;  // the terminal, a fault, a broken pipe: nobody sent it
  pid_t sender = 0;
};

/// Every signal that can be caught, but for those of faults, as readable events. The caller must have blocked them.
Fd open_signal_fd();
std::optional<Signal> next_signal(int signal_fd);

/// Turns a file that grows beyond RLIMIT_FSIZE into an error, instead of this process's death. For the target it is put
/// back as it was.
void ignore_file_size_signal();
bool is_file_size_signal_changed();
/// Of the calling thread.
void set_signal_mask(const sigset_t& mask) noexcept;
/// True if this process ignores `signal`.
bool is_ignored(int signal);
void set_default(int signal);
void unblock(int signal);
void block(int signal);
/// To this process itself.
void raise_signal(int signal);

}  // namespace brood::os
