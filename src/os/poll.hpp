// SPDX-License-Identifier: MIT
#pragma once

#include <poll.h>

#include <vector>

#include "os/clock.hpp"
#include "os/fd.hpp"

namespace brood::os {

/// poll(2) until something is ready or `deadline` has passed; EINTR goes on with what is left. False on time-out.
bool poll(std::vector<pollfd>& fds, const Deadline& deadline);

/// One that is ready from the beginning, in place of an event that has been missed.
Fd ready_fd();

/// The same for one descriptor.
bool await_ready(int fd, const Deadline& deadline);

/// Is `fd` readable, or hung up, right now?
bool is_ready(int fd);

/// Has the other end of `fd` been closed by all who had it?
bool is_hung_up(int fd);

}  // namespace brood::os
