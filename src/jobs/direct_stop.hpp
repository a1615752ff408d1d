// SPDX-License-Identifier: MIT
// Ending a job whose monitor is dead or does not answer: from here, by what can be proved.
#pragma once

#include <string>

#include "brood/job_info.hpp"
#include "control/message.hpp"

namespace brood::jobs {

/// Carries out a stop or kill request, with its signal and grace filled in; returns when all is gone. Throws if a process cannot be signalled.
void stop_directly(const JobInfo& info, const control::Request& request, const std::string& doing);
/// Continues the job's monitor, if it can be proved to be that: most that do not answer were stopped by Ctrl-Z or SIGSTOP.
bool wake_monitor(const JobInfo& info);
/// Sends request.signal.
void signal_directly(const JobInfo& info, const control::Request& request, const std::string& doing);

}  // namespace brood::jobs
