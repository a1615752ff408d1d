// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace brood::os {

enum class Lock { shared, exclusive };

/// flock(2): belongs to the open file, is shared with whoever inherits the descriptor, and is taken back by the kernel
/// when the last copy closes. False if somebody else holds it.
bool try_lock(int fd, Lock kind);
void lock(int fd, Lock kind);
void unlock(int fd) noexcept;

/// An exclusive lock on one number of a file's 2^62 (open-file-description lock): many independent locks in one file.
void lock_slot(int fd, std::uint64_t slot);

}  // namespace brood::os
