// SPDX-License-Identifier: MIT
#include "os/fd.hpp"

#include <unistd.h>

#include <cerrno>

namespace brood::os {

void close_quietly(int fd) noexcept {
  const int kept = errno;
  (void)::close(fd);
  errno = kept;
}

}  // namespace brood::os
