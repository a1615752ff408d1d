// SPDX-License-Identifier: MIT
#include "os/child.hpp"

#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "os/fail.hpp"
#include "os/file.hpp"
#include "os/poll.hpp"
#include "os/proc.hpp"
#include "os/process.hpp"

// There where the program is linked with ThreadSanitizer, whether this file is instrumented or not.
extern "C" void __tsan_init() __attribute__((weak));

namespace brood::os {
namespace {

// That sanitizer keeps a thread of its own, from before main() on, and stops it for a fork.
std::size_t sanitizer_threads() noexcept { return __tsan_init ? 1 : 0; }

// PIDFD_GET_INFO (Linux 6.13), newer than the headers that we can count on.
struct PidfdInfo {
  std::uint64_t mask = 0;
  std::uint64_t cgroup = 0;
  std::uint32_t ids[11] = {};
  std::int32_t exit_code = 0;
};
static_assert(sizeof(PidfdInfo) == 64);
constexpr std::uint64_t pidfd_info_exit = 1u << 3;  // Linux 6.15

ExitStatus from_wait_status(int status) {
  return WIFSIGNALED(status) ? ExitStatus::signalled(WTERMSIG(status), WCOREDUMP(status))
                             : ExitStatus::exited(WEXITSTATUS(status));
}

void wait_until_end(int pidfd, int options) noexcept {
  siginfo_t info{};
  long result;
  do result = ::syscall(SYS_waitid, P_PIDFD, pidfd, &info, WEXITED | __WALL | options, nullptr);
  while (result != 0 && errno == EINTR);
}

// What fork() of the C library does besides: it has the kernel write the child's thread id where the library keeps its
// own, and tells it of the list of robust mutexes.
struct ThreadState {
  int* id = nullptr;
  void* robust_list = nullptr;
  std::size_t robust_size = 0;
};

ThreadState thread_state() noexcept {
  ThreadState state;
  if (::prctl(PR_GET_TID_ADDRESS, &state.id, 0, 0, 0) != 0) state.id = nullptr;
  if (::syscall(SYS_get_robust_list, 0, &state.robust_list, &state.robust_size) != 0)
    state.robust_list = nullptr;
  return state;
}

pid_t raw_fork(std::uint64_t flags, int end_signal, int* id) noexcept {
  clone_args arguments{};
  arguments.flags = flags;
  arguments.exit_signal = static_cast<unsigned>(end_signal);
  arguments.child_tid = reinterpret_cast<std::uint64_t>(id);
  const long pid = ::syscall(SYS_clone3, &arguments, sizeof arguments);
  if (pid >= 0 || errno == EAGAIN || errno == ENOMEM) return static_cast<pid_t>(pid);
  flags |= static_cast<unsigned>(end_signal);
  // A filter of system calls that does not know clone3. The order of the last two is the architecture's.
#if defined(__x86_64__)
  return static_cast<pid_t>(::syscall(SYS_clone, flags, nullptr, nullptr, id, nullptr));
#else
  return static_cast<pid_t>(::syscall(SYS_clone, flags, nullptr, nullptr, nullptr, id));
#endif
}

}  // namespace

// The kernel keeps it from the moment at which whoever has waited is through with the process, which poll tells by a
// hang-up; a kernel that does not says so at once.
std::optional<ExitStatus> kept_status(int pidfd, std::chrono::milliseconds patience) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    PidfdInfo info;
    info.mask = pidfd_info_exit;
    if (::ioctl(pidfd, _IOWR(0xFF, 11, PidfdInfo), &info) != 0 && errno != ESRCH) return std::nullopt;
    if (info.mask & pidfd_info_exit) return from_wait_status(info.exit_code);
    if (attempt > 0) break;
    std::vector<pollfd> one{{pidfd, 0, 0}};
    (void)poll(one, steady_now() + patience);
  }
  return std::nullopt;
}

ChildEnd reap_child(int pidfd) {
  siginfo_t info{};
  long result;
  do result = ::syscall(SYS_waitid, P_PIDFD, pidfd, &info, WEXITED | WNOHANG | __WALL, nullptr);
  while (result != 0 && errno == EINTR);
  if (result == 0 && info.si_pid == 0) return {};
  if (result == 0) {
    const bool by_itself = info.si_code == CLD_EXITED;
    return {true, by_itself ? ExitStatus::exited(info.si_status)
                            : ExitStatus::signalled(info.si_status, info.si_code == CLD_DUMPED)};
  }
  if (errno != ECHILD) fail("wait for a child");
  // Not our child any more. It may still be alive: traced by somebody, or we are not its parent.
  if (!is_ready(pidfd)) return {};
  return {true, kept_status(pidfd, std::chrono::seconds(1))};
}

void reap_at_end(int pidfd) { wait_until_end(pidfd, 0); }
void await_reapable(int pidfd) { wait_until_end(pidfd, WNOWAIT); }

pid_t fork_with(std::uint64_t flags, int end_signal) noexcept {
  const ThreadState state = thread_state();
  if (state.id) flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
  const pid_t pid = raw_fork(flags, end_signal, state.id);
  if (pid == 0 && state.robust_list)
    (void)::syscall(SYS_set_robust_list, state.robust_list, state.robust_size);
  return pid;
}

pid_t fork_for_parent() {
  const pid_t pid = fork_with(CLONE_PARENT, 0);
  if (pid < 0) fail("make a process");
  return pid;
}

bool set_death_signal(int signal, pid_t parent) noexcept {
  (void)::prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0);
  return ::getppid() == parent;
}

std::size_t thread_count() {
  if (__libc_single_threaded) return 1;
  const auto dir = find_at(current_directory(), "/proc/self/task", Open::directory);
  if (!dir) return 0;
  const auto names = names_in(dir->get());
  if (names.size() < 2) return names.size();
  // One that was joined is still there until the kernel is through with it, but runs nothing of ours any more.
  const auto running = std::count_if(names.begin(), names.end(), [](const std::string& name) {
    const auto stat = process_stat(std::stoi(name));
    return stat && !stat->is_ending;
  });
  return static_cast<std::size_t>(running) - sanitizer_threads();
}

bool is_main_thread() noexcept { return ::syscall(SYS_gettid) == ::getpid(); }

pid_t own_group() noexcept { return ::getpgrp(); }

void join_group(pid_t group) noexcept {
  if (::getpgrp() != group) (void)::setpgid(0, group);
}

unsigned own_umask() {
  // umask(2) can only be asked by changing it, for all threads.
  if (!__libc_single_threaded) {
    const auto file = find_at(current_directory(), "/proc/self/status", Open::read);
    const std::string text = file ? read_stream(file->get()) : std::string();
    const std::size_t at = text.find("\nUmask:");
    if (at != std::string::npos)
      return static_cast<unsigned>(std::strtoul(text.c_str() + at + 7, nullptr, 8));
  }
  const unsigned mask = set_umask(077);
  (void)set_umask(mask);
  return mask;
}

void replace_environment(const std::vector<std::string>& entries) {
  (void)::clearenv();
  for (const auto& entry : entries) {
    char* copy = ::strdup(entry.c_str());
    if (!copy || ::putenv(copy) != 0) fail("set the environment");
  }
}

void reset_signals() noexcept {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) (void)::sigaction(signal, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace brood::os
