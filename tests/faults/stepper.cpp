// SPDX-License-Identifier: MIT
// A process of its own watches, so that its end, whatever happens, lets go of all that it has watched.
#include "faults/stepper.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <map>
#include <set>
#include <stdexcept>

#include "faults/errors.hpp"
#include "os/poll.hpp"
#include "os/process.hpp"
#include "support/rendezvous.hpp"

namespace brood::test {
namespace {

constexpr int most_calls = 4096;
constexpr std::chrono::seconds patience{30};

// What the watcher tells, in memory that it shares.
struct Report {
  bool reached, released;
  int caller_status;
  int calls, calls_before_end;
  int crashed_role, crash_signal;
  long call[most_calls];
};

template <class... Args>
long trace(int request, pid_t pid, unsigned long address = 0, unsigned long data = 0) {
  return ::ptrace(static_cast<__ptrace_request>(request), pid, address, data);
}

#if defined(__x86_64__)
// A call that no kernel has is not made, and whatever it returns can be put in its place.
void skip_call(pid_t pid) {
  trace(PTRACE_POKEUSER, pid, offsetof(user_regs_struct, orig_rax), static_cast<unsigned long>(-1));
}
void set_result(pid_t pid, long result) {
  trace(PTRACE_POKEUSER, pid, offsetof(user_regs_struct, rax), static_cast<unsigned long>(result));
}
constexpr bool is_known_machine = true;
#elif defined(__aarch64__)
void skip_call(pid_t pid) {
  int none = -1;
  iovec part{&none, sizeof none};
  trace(PTRACE_SETREGSET, pid, 0x404 /* NT_ARM_SYSTEM_CALL */, reinterpret_cast<unsigned long>(&part));
}
void set_result(pid_t pid, long result) {
  user_regs_struct registers{};
  iovec part{&registers, sizeof registers};
  trace(PTRACE_GETREGSET, pid, 1 /* NT_PRSTATUS */, reinterpret_cast<unsigned long>(&part));
  registers.regs[0] = static_cast<unsigned long>(result);
  trace(PTRACE_SETREGSET, pid, 1, reinterpret_cast<unsigned long>(&part));
}
constexpr bool is_known_machine = true;
#else
void skip_call(pid_t) {}
void set_result(pid_t, long) {}
constexpr bool is_known_machine = false;
#endif

class Watcher {
 public:
  Watcher(const Stepping& stepping, const Fault& fault, Report& report)
      : stepping_(stepping), fault_(fault), report_(report) {}

  void watch() {
    for (const auto& [pid, role] : stepping_.attached) attach(pid, role);
    if (stepping_.releases_first) release();
    begin();
    while (!is_done()) {
      int status = 0;
      const pid_t pid = ::waitpid(-1, &status, __WALL);
      if (pid < 0) break;
      if (WIFSTOPPED(status))
        on_stop(pid, status);
      else
        on_end(pid, status);
    }
  }

 private:
  static constexpr unsigned long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                                           PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;

  void attach(pid_t pid, Role role) {
    if (trace(PTRACE_SEIZE, pid, 0, options) != 0) ::_exit(2);
    known(pid, role);
    trace(PTRACE_INTERRUPT, pid);
    // Its steps count from now on, before anything else happens.
    int status = 0;
    ::waitpid(pid, &status, __WALL);
    resume(pid);
  }

  void begin() {
    int gate[2];
    if (::pipe2(gate, O_CLOEXEC) != 0) ::_exit(2);
    caller_ = ::fork();
    if (caller_ == 0) {
      char byte;
      if (::read(gate[0], &byte, 1) != 1) ::_exit(2);
      execute();
    }
    if (trace(PTRACE_SEIZE, caller_, 0, options) != 0) ::_exit(2);
    roles_[caller_] = Role::caller;  // known when it executes brood
    (void)!::write(gate[1], "", 1);
    ::close(gate[0]);
    ::close(gate[1]);
  }

  [[noreturn]] void execute() {
    const int null = ::open("/dev/null", O_RDONLY);
    const int out = ::open(stepping_.out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int err = ::open(stepping_.err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(null, 0);
    ::dup2(out, 1);
    ::dup2(err, 2);
    ::close_range(3, ~0U, 0);
    std::vector<char*> argv;
    for (const auto& word : stepping_.argv) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }

  // The first of a role is the one whose steps count.
  void known(pid_t pid, Role role) {
    roles_[pid] = role;
    if (role == fault_.role && counted_ == 0) counted_ = pid;
  }

  void resume(pid_t pid, int signal = 0) {
    const bool counts = pid == counted_ && (!report_.reached || is_failing_);
    trace(counts ? PTRACE_SYSCALL : PTRACE_CONT, pid, 0, static_cast<unsigned long>(signal));
  }

  void on_stop(pid_t pid, int status) {
    const int signal = WSTOPSIG(status), event = status >> 16;
    if (!roles_.count(pid)) {
      early_.insert(pid);  // its parent's fork has not been seen yet
      return;
    }
    switch (event) {
      case PTRACE_EVENT_FORK:
      case PTRACE_EVENT_VFORK:
      case PTRACE_EVENT_CLONE: on_fork(pid); break;
      case PTRACE_EVENT_EXEC:
        if (pid == caller_ && counted_ == 0 && fault_.role == Role::caller) counted_ = pid;
        if (roles_[pid] == Role::child) {
          trace(PTRACE_DETACH, pid);
          roles_.erase(pid);
        } else {
          resume(pid);
        }
        break;
      case PTRACE_EVENT_STOP:
        if (signal == SIGTRAP)
          resume(pid);
        else
          trace(PTRACE_LISTEN, pid);
        break;
      default:
        if (signal == (SIGTRAP | 0x80))
          on_call(pid);
        else
          resume(pid, signal);
    }
  }

  void on_fork(pid_t pid) {
    unsigned long child = 0;
    trace(PTRACE_GETEVENTMSG, pid, 0, reinterpret_cast<unsigned long>(&child));
    const auto forked = static_cast<pid_t>(child);
    const auto parent = std::find(stepping_.family.begin(), stepping_.family.end(), roles_[pid]);
    known(forked, parent == stepping_.family.end() || std::next(parent) == stepping_.family.end()
                      ? Role::child
                      : *std::next(parent));
    if (early_.erase(forked)) resume(forked);
    resume(pid);
  }

  void on_call(pid_t pid) {
    __ptrace_syscall_info info{};
    trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, reinterpret_cast<unsigned long>(&info));
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY && !report_.reached) {
      if (report_.calls < most_calls) report_.call[report_.calls++] = static_cast<long>(info.entry.nr);
      if (report_.calls == fault_.step) {
        report_.reached = fault_.kind == Fault::Kind::kill || can_fail(info.entry.nr);
        if (fault_.kind == Fault::Kind::kill) {
          ::kill(pid, SIGKILL);
          return;
        }
      }
      if (report_.reached) {
        is_failing_ = true;
        // A close that fails has closed all the same.
        if (info.entry.nr != SYS_close) skip_call(pid);
      }
    } else if (info.op == PTRACE_SYSCALL_INFO_EXIT && is_failing_) {
      set_result(pid, -fault_.error);
      is_failing_ = false;
    }
    resume(pid);
  }

  // The steps may have been others this time.
  bool can_fail(std::uint64_t call) const {
    const auto errors = errors_of(static_cast<long>(call));
    return std::find(errors.begin(), errors.end(), fault_.error) != errors.end();
  }

  void on_end(pid_t pid, int status) {
    if (pid == caller_) {
      report_.caller_status = status;
      report_.calls_before_end = report_.calls;
      has_ended_ = true;
    }
    const auto role = roles_.find(pid);
    if (role == roles_.end()) return;
    const bool was_killed = report_.reached && fault_.kind == Fault::Kind::kill && pid == counted_;
    if (WIFSIGNALED(status) && !was_killed && role->second != Role::child) {
      report_.crashed_role = static_cast<int>(role->second);
      report_.crash_signal = WTERMSIG(status);
    }
    roles_.erase(role);
  }

  void release() {
    if (stepping_.release < 0 || report_.released) return;
    report_.released = true;
    (void)!::write(stepping_.release, opening.data(), opening.size());
  }

  bool is_done() {
    if (!has_ended_) return false;
    if (!stepping_.follows) return true;
    release();
    return std::none_of(roles_.begin(), roles_.end(), [this](const auto& each) {
      return each.second != Role::child && !(each.second == Role::guard && stepping_.guard_stays);
    });
  }

  const Stepping& stepping_;
  const Fault& fault_;
  Report& report_;
  std::map<pid_t, Role> roles_;
  std::set<pid_t> early_;
  pid_t caller_ = 0, counted_ = 0;
  bool has_ended_ = false, is_failing_ = false;
};

ExitStatus status_of(int status) {
  return WIFSIGNALED(status) ? ExitStatus::signalled(WTERMSIG(status), false)
                             : ExitStatus::exited(WEXITSTATUS(status));
}

}  // namespace

const char* to_string(Role role) noexcept {
  constexpr const char* words[] = {"caller", "guard", "monitor", "child"};
  return words[static_cast<int>(role)];
}

Stepped step_through(const Stepping& stepping, const Fault& fault) {
  auto* report = static_cast<Report*>(
      ::mmap(nullptr, sizeof(Report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  if (report == MAP_FAILED) throw std::runtime_error("no memory to share");
  const pid_t watcher = ::fork();
  if (watcher == 0) {
    Watcher(stepping, fault, *report).watch();
    ::_exit(0);
  }
  const auto pidfd = os::open_pidfd(watcher);
  Stepped stepped;
  std::vector<pollfd> one{{pidfd.value().get(), POLLIN, 0}};
  stepped.hung = !os::poll(one, os::deadline_after(patience));
  if (stepped.hung) ::kill(watcher, SIGKILL);
  int status = 0;
  ::waitpid(watcher, &status, 0);
  if (!stepped.hung && status != 0) throw std::runtime_error("the watcher failed");
  stepped.reached = report->reached;
  stepped.released = report->released;
  stepped.caller = status_of(report->caller_status);
  stepped.calls.assign(report->call, report->call + report->calls);
  stepped.calls_before_end = report->calls_before_end;
  if (report->crash_signal)
    stepped.crash = std::string(to_string(static_cast<Role>(report->crashed_role))) + " died of signal " +
                    std::to_string(report->crash_signal);
  ::munmap(report, sizeof(Report));
  return stepped;
}

bool can_step() {
  if (!is_known_machine) return false;
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  const bool can = trace(PTRACE_SEIZE, child) == 0;
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  return can;
}

}  // namespace brood::test
