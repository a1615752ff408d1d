// SPDX-License-Identifier: MIT
#include "os/notifier.hpp"

#include <sys/eventfd.h>

#include "os/fail.hpp"

namespace brood::os {

Notifier::Notifier() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!fd_) fail("make an event descriptor");
}

// Neither can fail but by being done already: the count is as high as it can be, or zero.
void Notifier::notify() noexcept { (void)::eventfd_write(fd_.get(), 1); }

void Notifier::clear() noexcept {
  eventfd_t count = 0;
  (void)::eventfd_read(fd_.get(), &count);
}

}  // namespace brood::os
