// SPDX-License-Identifier: MIT
#pragma once

namespace brood::cli {

/// brood's own exit statuses; 126 and 127 come with the errors of a launch, everything else from the job.
enum ExitCode : int {
  exit_done = 0,
  exit_no = 1,         ///< a question answered with no
  exit_timeout = 124,  ///< the time ran out
  exit_failed = 125,   ///< brood itself refused or failed, or a job's end is unknown
};

}  // namespace brood::cli
