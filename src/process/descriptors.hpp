// SPDX-License-Identifier: MIT
// The descriptors of a child to be, and this side's ends of its pipes.
#pragma once

#include <vector>

#include "brood/process_options.hpp"
#include "os/fd.hpp"
#include "process/own_fd.hpp"

namespace brood::process {

/// What the child's standard streams are to be; every number is above 2.
struct Streams {
  int fds[3] = {-1, -1, -1};  // -1: this process's own
  os::Fd theirs[3];           // what of it was opened for this
  OwnFd ours[3];              // our ends of pipes
};

/// Opens files and pipes. Throws with the errno and the path.
Streams open_streams(const ProcessOptions& options);

/// Ascending, each once. Errc::bad_value for a standard stream or what is not open.
std::vector<int> checked_descriptors(std::vector<int> fds);

}  // namespace brood::process
