// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "brood/error.hpp"
#include "brood/job_info.hpp"
#include "control/client.hpp"
#include "jobs/keys.hpp"
#include "jobs/liveness.hpp"
#include "os/clock.hpp"

namespace brood::jobs {

/// Empty if nobody listens on the job's socket. What `keys` refers to must stay.
std::optional<control::Client> connect_to_monitor(const OpenJob& job, const Keys& keys,
                                                  const os::Deadline& deadline);
/// Does somebody listen?
bool has_monitor(const OpenJob& job);
/// A descriptor that becomes ready when whoever listens has ended; empty if nobody does, or it cannot be seen from here.
os::Fd watch_monitor(const OpenJob& job);
/// What the job's monitor says of it, as far as the head of a record goes; empty if it does not within half a second.
std::optional<JobInfo> ask_monitor(const OpenJob& job, const Keys& keys);

/// The connection ended, or never came about, since the monitor has gone or is too busy: nothing that it said.
bool is_no_answer(const Error& problem);
/// `problem` as it ends `what`, with what to do about a monitor that does not understand us.
Error explained(const Error& problem, const std::string& what);

}  // namespace brood::jobs
