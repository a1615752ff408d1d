// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "brood/job_info.hpp"

namespace brood::jobs {

/// The job of this state directory that the calling process belongs to, by what its target was given.
std::optional<JobId> surrounding_job(const std::string& state_path);

}  // namespace brood::jobs
