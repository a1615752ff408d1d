// SPDX-License-Identifier: MIT
// The fork server of a program: a fresh image of it that does nothing but fork. It has one client, the process that made
// it, and ends with it.
#pragma once

#include "os/fd.hpp"

namespace brood::process {

/// In the server: takes requests until the other end of `channel` closes. A request is a block, the child's birth and
/// upbringing, with descriptors in this order: the child's own channel to the client, the client's directory, the
/// client's pidfd, the standard streams that there are, those passed.
///
/// The child is made as a child of the client, not of the server: so the client reaps it, and the server may die. It
/// answers through its channel with its pid and a pidfd, and waits for a byte before it begins.
[[noreturn]] void serve(os::Fd channel) noexcept;

}  // namespace brood::process
