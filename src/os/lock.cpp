// SPDX-License-Identifier: MIT
#include "os/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include "os/fail.hpp"

namespace brood::os {
namespace {

int operation(Lock kind) { return kind == Lock::exclusive ? LOCK_EX : LOCK_SH; }

}  // namespace

bool try_lock(int fd, Lock kind) {
  int result;
  do result = ::flock(fd, operation(kind) | LOCK_NB);
  while (result != 0 && errno == EINTR);
  if (result == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  fail("lock a file");
}

void lock(int fd, Lock kind) {
  int result;
  do result = ::flock(fd, operation(kind));
  while (result != 0 && errno == EINTR);
  if (result != 0) fail("lock a file");
}

void unlock(int fd) noexcept {
  (void)::flock(fd, LOCK_UN);  // fails for what is no descriptor only, and that has no lock
}

void lock_slot(int fd, std::uint64_t slot) {
  struct flock range = {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = static_cast<off_t>(slot & ((std::uint64_t{1} << 62) - 1));
  range.l_len = 1;
  int result;
  do result = ::fcntl(fd, F_OFD_SETLKW, &range);
  while (result != 0 && errno == EINTR);
  if (result != 0) fail("lock a file");
}

}  // namespace brood::os
