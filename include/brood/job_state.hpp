// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

namespace brood {

/// The states of a job. The first seven are what a record can say; `damaged` is what a reader says of a record that
/// cannot be read.
enum class JobState {
  created,     ///< recorded, not launched
  running,     ///< the target lives
  restarting,  ///< between two runs of the target
  stopping,    ///< being terminated, not yet gone
  exited,      ///< over, and its end is known
  orphaned,    ///< the target lives, its monitor does not
  lost,        ///< over, and nobody saw how
  damaged,     ///< the record cannot be read
};

std::string_view to_string(JobState state) noexcept;
std::optional<JobState> parse_job_state(std::string_view word) noexcept;

/// True for the states in which the target, or its next run, still lives.
bool is_live(JobState state) noexcept;
/// True for `exited` and `lost`.
bool is_over(JobState state) noexcept;

}  // namespace brood
