// SPDX-License-Identifier: MIT
#include "faults/errors.hpp"

#include <sys/syscall.h>

#include <cerrno>
#include <map>

namespace brood::test {
namespace {

const std::map<long, std::vector<int>>& errors() {
  static const std::map<long, std::vector<int>> all{
      // files
      {SYS_openat, {EMFILE, ENOSPC, EIO}},
      {SYS_read, {EINTR, EIO}},
      {SYS_pread64, {EINTR, EIO}},
      {SYS_readv, {EINTR, EIO}},
      {SYS_write, {EINTR, ENOSPC, EIO}},
      {SYS_pwrite64, {EINTR, ENOSPC, EIO}},
      {SYS_writev, {EINTR, ENOSPC, EIO}},
      {SYS_mkdirat, {ENOSPC, EIO}},
      {SYS_linkat, {ENOSPC, EIO}},
      {SYS_symlinkat, {ENOSPC, EIO}},
      {SYS_mknodat, {ENOSPC, EIO}},
      {SYS_renameat2, {ENOSPC, EIO}},
      {SYS_unlinkat, {EIO}},
      {SYS_ftruncate, {EIO, EINTR}},
      {SYS_fallocate, {ENOSPC, EINTR}},
      {SYS_fsync, {EIO, ENOSPC}},
      {SYS_fdatasync, {EIO, ENOSPC}},
      {SYS_newfstatat, {EIO, ENOMEM}},
      {SYS_fstat, {EIO, ENOMEM}},
      {SYS_statx, {EIO, ENOMEM}},
      {SYS_getdents64, {EIO}},
      {SYS_readlinkat, {EIO}},
      {SYS_fchmod, {EIO}},
      {SYS_fchmodat, {EIO}},
      {SYS_fchdir, {EIO}},
      {SYS_close, {EIO, EINTR}},
      {SYS_flock, {EINTR, ENOLCK}},
      // descriptors
      {SYS_dup, {EMFILE}},
      {SYS_dup3, {EMFILE, EINTR}},
      {SYS_close_range, {EPERM, ENOMEM}},  // a filter; a table that is to be copied
      {SYS_pipe2, {EMFILE, ENFILE}},
      {SYS_eventfd2, {EMFILE, ENOMEM}},
      {SYS_signalfd4, {EMFILE, ENOMEM}},
      {SYS_memfd_create, {EMFILE, ENOMEM}},
      {SYS_inotify_init1, {EMFILE, ENOMEM}},
      {SYS_inotify_add_watch, {ENOSPC, ENOMEM}},
      {SYS_pidfd_open, {EMFILE, ENOMEM}},
      {SYS_ppoll, {EINTR, ENOMEM}},
      // sockets; EPIPE and ECONNRESET come from the death of the other end, and so from a kill
      {SYS_socket, {EMFILE, ENOBUFS}},
      {SYS_socketpair, {EMFILE, ENOMEM}},
      {SYS_bind, {ENOSPC, ENOMEM}},
      {SYS_listen, {EADDRINUSE}},
      {SYS_connect, {EAGAIN, EINTR, ECONNREFUSED}},
      {SYS_accept4, {EMFILE, ECONNABORTED, EINTR}},
      {SYS_sendmsg, {EINTR, ENOBUFS}},
      {SYS_sendto, {EINTR, ENOBUFS}},
      {SYS_recvmsg, {EINTR, ENOMEM}},
      {SYS_recvfrom, {EINTR, ENOMEM}},
      // processes and memory
      {SYS_clone, {EAGAIN, ENOMEM}},
      {SYS_clone3, {EAGAIN, ENOMEM, ENOSYS}},  // a filter, again
      {SYS_unshare, {ENOMEM}},
      {SYS_execve, {ENOMEM, EIO}},
      {SYS_waitid, {EINTR}},
      {SYS_wait4, {EINTR}},
      {SYS_mmap, {ENOMEM}},
      {SYS_getrandom, {EINTR}},
#ifdef SYS_open  // the calls of older machines
      {SYS_open, {EMFILE, ENOSPC, EIO}},
      {SYS_mkdir, {ENOSPC, EIO}},
      {SYS_rename, {ENOSPC, EIO}},
      {SYS_renameat, {ENOSPC, EIO}},
      {SYS_unlink, {EIO}},
      {SYS_rmdir, {EIO}},
      {SYS_readlink, {EIO}},
      {SYS_dup2, {EINTR}},
      {SYS_poll, {EINTR, ENOMEM}},
      {SYS_fork, {EAGAIN, ENOMEM}},
      {SYS_vfork, {EAGAIN, ENOMEM}},
#endif
  };
  return all;
}

}  // namespace

std::vector<int> errors_of(long call) {
  const auto found = errors().find(call);
  return found == errors().end() ? std::vector<int>{} : found->second;
}

}  // namespace brood::test
