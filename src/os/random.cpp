// SPDX-License-Identifier: MIT
#include "os/random.hpp"

#include <sys/random.h>

#include "os/fail.hpp"

namespace brood::os {

void fill_with_random(char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t got = ::getrandom(bytes, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("get random bytes");
    bytes += got;
    size -= static_cast<std::size_t>(got);
  }
}

}  // namespace brood::os
