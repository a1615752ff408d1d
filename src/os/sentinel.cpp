// SPDX-License-Identifier: MIT
#include "brood/sentinel.hpp"

#include <utility>

#include "os/fd.hpp"

namespace brood {

Sentinel::~Sentinel() {
  if (fd_ >= 0) os::close_quietly(fd_);
}

Sentinel::Sentinel(Sentinel&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Sentinel& Sentinel::operator=(Sentinel&& other) noexcept {
  if (this == &other) return *this;
  if (fd_ >= 0) os::close_quietly(fd_);
  fd_ = std::exchange(other.fd_, -1);
  return *this;
}

}  // namespace brood
