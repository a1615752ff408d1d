// SPDX-License-Identifier: MIT
// What this process is to brood, and its children. Bound to its pid: a fork that brood did not make begins without
// children, whatever it has copied, and touches nothing of its parent's.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "brood/process_key.hpp"
#include "brood/start_method.hpp"
#include "brood/this_process.hpp"
#include "os/fd.hpp"
#include "process/birth.hpp"

namespace brood::process {

class Child;
class ServerClient;
class LastingThread;

struct Parent {
  pid_t pid = 0;
  std::string name;
  os::Fd pidfd;
};

/// What at_exit() was given. 0, or a number by which it can be taken back.
struct Hook {
  std::function<void()> run;
  std::uint64_t number = 0;
};

class Self {
 public:
  explicit Self(pid_t own_pid);
  Self(pid_t own_pid, Self& forked_from);
  ~Self();

  const pid_t pid;
  Self* before = nullptr;  // whose fork this is; kept, as its mutex may be locked for ever

  std::mutex mutex;  // for all below; taken after the one of a child
  std::string name = "MainProcess";
  std::vector<int> identity;
  bool daemon = false;
  bool allow_children = false;
  bool runs_target = false;
  ProcessKey key;
  int made = 0;  // Process objects
  std::optional<StartMethod> method;
  std::optional<Parent> parent;
  std::vector<std::shared_ptr<Child>> children;  // not yet seen ended, in the order of their start
  std::vector<Hook> hooks_before, hooks_after;
  std::uint64_t last_hook = 0;
  ExitPolicy exit_policy;
  bool is_exit_handled = false;
  os::Fd own_pidfd;
  std::set<int> own_fds;                    // see OwnFd
  std::size_t own_threads = 0;              // that the program did not make
  LastingThread* lasting_thread = nullptr;  // lasts; the first of them

  const std::unique_ptr<ServerClient> server;  // has a mutex, which is taken before this one
};

Self& self();
/// The start method for a Process that names none; from now on it is decided.
StartMethod decide_start_method();

/// In a forked child or a fresh image: from now on this process is what `birth` says.
Self& introduce(const Birth& birth, os::Fd parent_pidfd);

/// A pidfd of this process, made once, for its children to see it end.
int own_pidfd();
/// Takes note of children that have ended.
void reap_ended();
/// Takes a child from the list. May be called with its lock.
void forget(const Child* child) noexcept;
/// The children that have not been seen to end.
std::vector<std::shared_ptr<Child>> children_now();

/// What is the program's, and so a fork's as well.
struct Program {
  bool is_initialised = false;    // init() was called
  bool has_exit_handler = false;  // atexit() was called
  std::string name;               // argv[0]
};
Program& program() noexcept;
/// The program to execute for `spawn` and `forkserver`; empty: this image.
std::string executable();

}  // namespace brood::process
