// SPDX-License-Identifier: MIT
// The fork server of a state directory: forks monitors from its own small image, and is the guard of all of them. A
// monitor that is killed leaves its target to the server, which then keeps that job itself: exit status, control and
// policy go on.
//
// Its proof of life is a lock that it holds for as long as it takes orders (see jobs/fork_client.hpp). It never waits for
// a client: an order is read by the monitor that was forked for it.
#pragma once

#include "os/fd.hpp"

namespace brood::monitor {

/// Takes its order from `channel` and serves until it is stopped or has had no job for as long as it was told. Returns
/// the process's exit status.
int serve_forks(os::Fd channel) noexcept;

}  // namespace brood::monitor
