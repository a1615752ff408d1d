// SPDX-License-Identifier: MIT
#include "os/pipe.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os/fail.hpp"
#include "os/file.hpp"

namespace brood::os {

PipeEnds make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail("make a pipe");
  return {Fd(ends[0]), Fd(ends[1])};
}

Fd memory_file(std::string_view bytes) {
  Fd fd(::memfd_create("brood", MFD_CLOEXEC));
  if (!fd) fail("make a file in memory");
  write_at(fd.get(), 0, bytes);
  return fd;
}

}  // namespace brood::os
