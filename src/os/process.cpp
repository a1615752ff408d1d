// SPDX-License-Identifier: MIT
#include "os/process.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "os/child.hpp"
#include "os/fail.hpp"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define BROOD_THREAD_SANITIZER
#endif
#elif defined(__SANITIZE_THREAD__)
#define BROOD_THREAD_SANITIZER
#endif

#ifdef BROOD_THREAD_SANITIZER
// ThreadSanitizer's clone() takes the child for a forked copy, and makes it ignore all synchronisation from then on. In
// one that shares our memory that is what it does to us. This is the C library's, under its other name.
extern "C" int __clone(int (*body)(void*), void* stack, int flags, void* argument, ...);
#define BROOD_CLONE ::__clone
#else
#define BROOD_CLONE ::clone
#endif

namespace brood::os {
namespace {

// What older kernels give as pidfds are all the same file.
constexpr auto pid_file_system = 0x50494446;  // PID_FS_MAGIC, which older headers do not have

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

ResourceUsage usage_from(const rusage& raw) {
  return {seconds_of(raw.ru_utime),
          seconds_of(raw.ru_stime),
          raw.ru_maxrss,
          raw.ru_majflt,
          raw.ru_inblock,
          raw.ru_oublock};
}

// The system call has a fifth parameter that glibc's wrapper hides: what the child used, even when it is left unreaped.
int wait_id(idtype_t type, id_t id, siginfo_t* info, int options, rusage* usage) {
  long result;
  do result = ::syscall(SYS_waitid, type, id, info, options, usage);
  while (result != 0 && errno == EINTR);
  return static_cast<int>(result);
}

// A filter of system calls that does not know close_range refuses it: then one by one.
void close_between(unsigned from, unsigned last) noexcept {
  if (::close_range(from, last, 0) == 0) return;
  rlimit limit{};
  (void)::getrlimit(RLIMIT_NOFILE, &limit);
  for (unsigned fd = from; fd <= last && fd < limit.rlim_max && fd < (1u << 20); ++fd)
    (void)::close(static_cast<int>(fd));
}

}  // namespace

pid_t own_pid() noexcept { return ::getpid(); }
pid_t parent_pid() noexcept { return ::getppid(); }

pid_t session_of(pid_t pid) noexcept {
  const pid_t session = ::getsid(pid);
  return session < 0 ? 0 : session;
}

uid_t effective_uid() noexcept { return ::geteuid(); }
bool is_trusted(uid_t user) noexcept { return user == 0 || user == effective_uid(); }

std::size_t usable_processors() noexcept {
  cpu_set_t set;
  // A machine with more than the set has room for is asked less precisely.
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<std::size_t>(CPU_COUNT(&set));
  const long online = ::sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? static_cast<std::size_t>(online) : 1;
}

pid_t fork_process() {
  const pid_t pid = ::fork();
  if (pid < 0) fail("make a process");
  return pid;
}

pid_t fork_with_descriptors_below(int end) {
#ifndef BROOD_THREAD_SANITIZER  // which has to know of every fork
  const pid_t pid = fork_with(CLONE_FILES, SIGCHLD);
  if (pid == 0) {
    // A copy of the table with what is to be left out already gone.
    const auto from = static_cast<unsigned>(end);
    if (::close_range(from, ~0u, CLOSE_RANGE_UNSHARE) == 0) return 0;
    if (::unshare(CLONE_FILES) != 0) ::_exit(1);
    close_between(from, ~0u);
  }
  if (pid >= 0) return pid;
#endif
  const pid_t copy = fork_process();
  if (copy == 0) close_between(static_cast<unsigned>(end), ~0u);
  return copy;
}

pid_t fork_sharing_memory(int (*body)(void*), void* argument, Fd* pidfd) {
  // A stack of its own: the child must not write over frames that this function still needs.
  alignas(16) char stack[32 * 1024];
  const int flags = CLONE_VM | CLONE_VFORK | SIGCHLD | (pidfd ? CLONE_PIDFD : 0);
  int fd = -1;
  const pid_t pid = BROOD_CLONE(body, stack + sizeof stack, flags, argument, &fd);
  if (pid < 0) fail("make a process");
  if (pidfd) pidfd->reset(fd);
  return pid;
}

std::vector<const char*> own_image_paths() {
  // Without /proc: the name this image was executed by. Right as long as the directory has not changed since.
  return {"/proc/self/exe", reinterpret_cast<const char*>(::getauxval(AT_EXECFN))};
}

char* const* environment() noexcept { return ::environ; }

void leave_directory() noexcept {
  if (::chdir("/") != 0) return;  // nothing depends on it
}

void enter_directory(int fd) {
  if (::fchdir(fd) != 0) fail("change to the caller's directory");
}

void exit_now(int status) noexcept { ::_exit(status); }

void start_session() noexcept { (void)::setsid(); }

void become_subreaper() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) fail("become the parent of orphans");
}

std::string process_name() {
  char name[16] = {};
  (void)::prctl(PR_GET_NAME, name);
  return name;
}

void set_process_name(const char* name) noexcept { (void)::prctl(PR_SET_NAME, name, 0, 0, 0); }

void overwrite_command_line(int argc, char** argv, const char* text) noexcept {
  if (argc <= 0) return;
  char* const begin = argv[0];
  const char* const end = argv[argc - 1] + std::strlen(argv[argc - 1]);
  const auto room = static_cast<std::size_t>(end - begin);
  std::memset(begin, 0, room);
  for (std::size_t i = 0; i < room && text[i] != '\0'; ++i) begin[i] = text[i];
}

unsigned set_umask(unsigned mask) noexcept { return ::umask(mask); }

MoreDescriptors::MoreDescriptors() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  before_ = limit.rlim_cur;
  most_ = limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

MoreDescriptors::~MoreDescriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || before_ == 0) return;
  limit.rlim_cur = before_;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

std::optional<Fd> open_pidfd(pid_t pid) {
  Fd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (fd) return fd;
  if (errno == ESRCH || errno == EINVAL || errno == ENOENT) return std::nullopt;  // the last two: a thread
  fail("watch process", std::to_string(pid));
}

std::uint64_t pidfd_inode(pid_t pid) noexcept {
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  struct stat status;
  struct statfs system;
  if (!pidfd || ::fstatfs(pidfd.get(), &system) != 0 || ::fstat(pidfd.get(), &status) != 0) return 0;
  return system.f_type == pid_file_system ? status.st_ino : 0;
}

int send_signal(int pidfd, int signal) noexcept {
  return ::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) == 0 ? 0 : errno;
}

int send_signal_to_pid(pid_t pid, int signal) noexcept {
  if (pid <= 1) return EPERM;
  return ::kill(pid, signal) == 0 ? 0 : errno;
}

int send_signal_to_group(pid_t leader, int signal) noexcept {
  if (leader <= 1) return EPERM;
  return ::kill(-leader, signal) == 0 ? 0 : errno;
}

std::optional<EndedChild> peek_ended_child() {
  siginfo_t info{};
  rusage usage{};
  if (wait_id(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT, &usage) != 0 || info.si_pid == 0)
    return std::nullopt;
  const ExitStatus status = info.si_code == CLD_EXITED
                                ? ExitStatus::exited(info.si_status)
                                : ExitStatus::signalled(info.si_status, info.si_code == CLD_DUMPED);
  return EndedChild{info.si_pid, {status, usage_from(usage)}};
}

bool reap(pid_t pid) {
  siginfo_t info{};
  const int result = wait_id(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG, nullptr);
  return result != 0 || info.si_pid != 0;  // gone already counts
}

void wait_for_end(pid_t pid) {
  siginfo_t info{};
  (void)wait_id(P_PID, static_cast<id_t>(pid), &info, WEXITED, nullptr);
}

bool is_child(pid_t pid) {
  siginfo_t info{};
  return wait_id(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT, nullptr) == 0;
}

bool has_children() {
  siginfo_t info{};
  return wait_id(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT, nullptr) == 0;
}

pid_t take_stopped_child() {
  siginfo_t info{};
  return wait_id(P_ALL, 0, &info, WSTOPPED | WNOHANG, nullptr) == 0 ? info.si_pid : 0;
}

int take_stop_change(pid_t pid) {
  siginfo_t info{};
  const int options = WSTOPPED | WCONTINUED | WNOHANG;
  if (wait_id(P_PID, static_cast<id_t>(pid), &info, options, nullptr) != 0 || info.si_pid == 0) return 0;
  return info.si_code == CLD_CONTINUED ? SIGCONT : info.si_status;
}

void close_all_but(int first, const int* keep, std::size_t count) noexcept {
  auto from = static_cast<unsigned>(first);
  for (std::size_t i = 0; i < count; ++i) {
    const auto kept = static_cast<unsigned>(keep[i]);
    if (keep[i] < first || kept < from) continue;
    if (kept > from) close_between(from, kept - 1);
    from = kept + 1;
  }
  close_between(from, ~0u);
}

Fd duplicate(int fd, int least) {
  Fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, least));
  if (!copy) fail("duplicate descriptor", std::to_string(fd));
  return copy;
}

Fd above_streams(Fd fd) { return !fd || fd.get() > 2 ? std::move(fd) : duplicate(fd.get()); }

bool is_open(int fd) noexcept { return ::fcntl(fd, F_GETFD) >= 0; }

void place(int fd, int number) {
  if (::dup2(fd, number) < 0) fail("duplicate descriptor", std::to_string(fd));
}

}  // namespace brood::os
