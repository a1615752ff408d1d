// SPDX-License-Identifier: MIT
#include "launch/child/run_child.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "launch/plan.hpp"

namespace brood::launch::child {
namespace {

bool record(Plan& plan, Stage stage, int number, std::size_t candidate = 0) noexcept {
  plan.fault = {stage, number, candidate};
  return false;
}

void set_disposition(int signal, void (*handler)(int)) noexcept {
  struct sigaction action = {};
  action.sa_handler = handler;
  (void)::sigaction(signal, &action, nullptr);
}

// Handlers of the parent cannot run here: every signal is blocked until the mask is set, and exec drops handlers.
// Ignored signals would survive exec.
void set_dispositions(const Plan& plan) noexcept {
  if (plan.reset_signals)
    for (int signal = 1; signal < NSIG; ++signal) set_disposition(signal, SIG_DFL);
  if (plan.ignore_sigchld) set_disposition(SIGCHLD, SIG_IGN);
  if (plan.default_sigxfsz) set_disposition(SIGXFSZ, SIG_DFL);
}

// Sources are numbers above 2, so none is overwritten before it is copied.
bool set_streams(Plan& plan) noexcept {
  for (int number = 0; number < 3; ++number)
    if (plan.streams[number] >= 0 && ::dup2(plan.streams[number], number) < 0)
      return record(plan, Stage::streams, errno);
  return true;
}

void keep_open(int fd) noexcept {
  const int flags = ::fcntl(fd, F_GETFD);
  if (flags >= 0) (void)::fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC);
}

// A filter of system calls that does not know close_range refuses it: then one by one.
void close_between(unsigned from, unsigned last) noexcept {
  if (::close_range(from, last, 0) == 0) return;
  rlimit limit{};
  (void)::getrlimit(RLIMIT_NOFILE, &limit);
  for (unsigned fd = from; fd <= last && fd < limit.rlim_max && fd < (1u << 20); ++fd)
    (void)::close(static_cast<int>(fd));
}

void set_descriptors(const Plan& plan) noexcept {
  unsigned from = 3;
  for (std::size_t i = 0; i < plan.keep_count; ++i) {
    const auto kept = static_cast<unsigned>(plan.keep[i]);
    keep_open(plan.keep[i]);
    if (plan.close_others && kept > from) close_between(from, kept - 1);
    from = kept + 1;
  }
  if (plan.close_others) close_between(from, ~0u);
}

bool set_limits(Plan& plan) noexcept {
  for (std::size_t i = 0; i < plan.limit_count; ++i) {
    const ResourceLimit& limit = plan.limits[i];
    const rlimit value{limit.soft, limit.hard};
    if (::setrlimit(static_cast<__rlimit_resource>(limit.resource), &value) != 0)
      return record(plan, Stage::limits, errno, i);
  }
  return true;
}

// Before anything else that takes time. A parent that ended earlier has sent nothing: then the child dies of it here.
void set_death_signal(const Plan& plan) noexcept {
  if (plan.death_signal == 0) return;
  (void)::prctl(PR_SET_PDEATHSIG, plan.death_signal, 0, 0, 0);
  if (::getppid() != plan.parent) ::_exit(128 + plan.death_signal);
}

bool set_nice(Plan& plan) noexcept {
  if (plan.nice == 0) return true;
  errno = 0;
  const int now = ::getpriority(PRIO_PROCESS, 0);
  if (errno != 0 || ::setpriority(PRIO_PROCESS, 0, now + plan.nice) != 0)
    return record(plan, Stage::nice, errno);
  return true;
}

// As execvp does, but for two things: it tells a missing program from a missing interpreter, and it remembers which
// candidate it speaks of.
void execute(Plan& plan) noexcept {
  Fault worst{Stage::execute, ENOENT,
              0};  // stored only when no candidate is left: one that succeeds is silent
  for (std::size_t i = 0; i < plan.candidate_count; ++i) {
    const char* path = plan.candidates[i];
    (void)::execve(path, plan.argv, plan.envp);
    int number = errno;
    if (number == ENOEXEC) {
      plan.shell_argv[1] = const_cast<char*>(path);
      (void)::execve("/bin/sh", plan.shell_argv, plan.envp);
      number = errno;
    }
    if (number == ENOENT && ::faccessat(AT_FDCWD, path, F_OK, 0) == 0) {
      record(plan, Stage::interpreter, number, i);
      return;
    }
    if (number != ENOENT && number != ENOTDIR && number != EACCES) {
      record(plan, Stage::execute, number, i);
      return;
    }
    const bool is_worse = worst.number != EACCES && (number == EACCES || plan.candidate_count == 1);
    if (is_worse) worst = {Stage::execute, number, i};
  }
  plan.fault = worst;
}

}  // namespace

int run_child(void* argument) noexcept {
  Plan& plan = *static_cast<Plan*>(argument);
  if (plan.new_session) (void)::setsid();
  set_death_signal(plan);
  set_dispositions(plan);
  if (!set_streams(plan) || !set_limits(plan) || !set_nice(plan)) ::_exit(125);
  if (plan.set_umask) (void)::umask(static_cast<mode_t>(plan.umask));
  if (plan.cwd && ::chdir(plan.cwd) != 0) {
    record(plan, Stage::directory, errno);
    ::_exit(125);
  }
  set_descriptors(plan);
  (void)::sigprocmask(SIG_SETMASK, &plan.mask, nullptr);
  execute(plan);
  ::_exit(125);
}

}  // namespace brood::launch::child
