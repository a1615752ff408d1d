// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "brood/exit_status.hpp"
#include "brood/job_info.hpp"
#include "os/fd.hpp"

namespace brood::os {

pid_t own_pid() noexcept;
pid_t parent_pid() noexcept;
/// The session of a process; 0 if there is no such process. 0 as `pid` is this process.
pid_t session_of(pid_t pid) noexcept;
uid_t effective_uid() noexcept;
/// Root, and the user that this process works for.
bool is_trusted(uid_t user) noexcept;

/// On how many processors this process may run at once; at least one.
std::size_t usable_processors() noexcept;

/// 0 in the child. The parent must have a single thread, or the child must exec at once.
pid_t fork_process();
/// The same, but the child has only the descriptors below `end`, and those above cost nothing, however many they are.
/// What the child needs of the others must stay open here until it has shown that it runs: until then it may not have
/// its own yet. Where the kernel or a filter refuses, this is fork_process().
pid_t fork_with_descriptors_below(int end);

/// Runs `body(argument)` in a child that shares this process's memory; returns when the child has exec'd or ended.
/// Costs the same whatever this process weighs. The body must follow the rules of launch/child. A `pidfd` that is asked
/// for is the child's from its first moment on: also one that somebody else reaps at once is known by it.
pid_t fork_sharing_memory(int (*body)(void*), void* argument, Fd* pidfd = nullptr);

/// Names under which this process's own program can be executed again, best first.
std::vector<const char*> own_image_paths();
/// The caller's environment, as execve wants it.
char* const* environment() noexcept;
/// Moves to "/", so that no file system is kept busy.
void leave_directory() noexcept;
/// Moves to the directory that `fd` is open on.
void enter_directory(int fd);

[[noreturn]] void exit_now(int status) noexcept;

void start_session() noexcept;
void become_subreaper();
/// Name shown by ps and top; at most 15 bytes count.
std::string process_name();
void set_process_name(const char* name) noexcept;
/// Replaces what ps shows of the command line, in place: `text` is cut to the room there is.
void overwrite_command_line(int argc, char** argv, const char* text) noexcept;
/// The mask that was in force before.
unsigned set_umask(unsigned mask) noexcept;
/// What is made meanwhile has no permissions for others, and all that were asked for, for us. Of the whole process.
class PrivateUmask {
 public:
  PrivateUmask() noexcept : before_(set_umask(077)) {}
  ~PrivateUmask() { (void)set_umask(before_); }
  PrivateUmask(const PrivateUmask&) = delete;
  PrivateUmask& operator=(const PrivateUmask&) = delete;

 private:
  unsigned before_;
};
/// As many descriptors as the hard limit allows, until destroyed.
class MoreDescriptors {
 public:
  MoreDescriptors() noexcept;
  ~MoreDescriptors();
  MoreDescriptors(const MoreDescriptors&) = delete;
  MoreDescriptors& operator=(const MoreDescriptors&) = delete;
  /// How many that is; 0 if it is not known.
  unsigned long most() const noexcept { return most_; }

 private:
  unsigned long before_ = 0;
  unsigned long most_ = 0;
};

/// A pidfd; empty if there is no such process.
std::optional<Fd> open_pidfd(pid_t pid);
/// A number that no other process of this boot has; 0 where the kernel has none such (before 6.9), or there is no such
/// process. Unlike start times, which count in hundredths of a second, it tells a process from one that takes over its
/// pid at once. Needs no /proc, and is the same in every pid namespace.
std::uint64_t pidfd_inode(pid_t pid) noexcept;
/// 0, or the errno of the failure. Never sends to pid 1 or below.
int send_signal(int pidfd, int signal) noexcept;
int send_signal_to_pid(pid_t pid, int signal) noexcept;
/// To the process group that `leader` leads. Only for a child that leads one and has not been reaped: the number of a
/// group that has gone may be somebody else's.
int send_signal_to_group(pid_t leader, int signal) noexcept;

/// How a child ended, and what it used.
struct End {
  ExitStatus status = ExitStatus::exited(0);
  ResourceUsage usage;
};

struct EndedChild {
  pid_t pid = 0;
  End end;
};

/// A child that has ended, left in the process table until reap(); empty if there is none at the moment.
std::optional<EndedChild> peek_ended_child();
/// False if it has not ended yet.
bool reap(pid_t pid);
/// Waits for a child to end, and reaps it.
void wait_for_end(pid_t pid);
/// Is `pid` a child of this process, ended or not?
bool is_child(pid_t pid);
/// Has this process any child at all, ended or not?
bool has_children();
/// A child that has been stopped, each told once; 0 if there is none.
pid_t take_stopped_child();
/// The signal that stopped `pid` since the last call, or 0; SIGCONT if it was continued.
int take_stop_change(pid_t pid);

/// Closes every descriptor from `first` on that is not in `keep` (ascending).
void close_all_but(int first, const int* keep, std::size_t count) noexcept;
/// Copies `fd` to a number of at least `least`, close-on-exec.
Fd duplicate(int fd, int least = 3);
/// The same descriptor, or a copy if its number is that of a standard stream: whoever has none of these open gets them
/// for whatever is opened next, and whoever then puts streams in their place loses it.
Fd above_streams(Fd fd);
bool is_open(int fd) noexcept;
/// Makes `fd` the process's descriptor number `number` (which then survives exec).
void place(int fd, int number);

}  // namespace brood::os
