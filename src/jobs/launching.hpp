// SPDX-License-Identifier: MIT
// Launches in the background, by each start method.
#pragma once

#include "brood/start_method.hpp"
#include "jobs/liveness.hpp"
#include "monitor/order.hpp"
#include "store/state_dir.hpp"

namespace brood::jobs {

/// Returns when the target has been executed; throws if it cannot be.
JobId launch_in_background(const store::StateDir& state, monitor::Order order, StartMethod method);

/// The same for a job that has a record, and is not live. `again`: it may have been launched before.
void launch_recorded(const store::StateDir& state, const OpenJob& job, store::Record record, bool again);

/// Errc::not_initialised where a fresh image of this program would not know what it is to be: it would be this program
/// again, and start another.
void check_initialised();

}  // namespace brood::jobs
