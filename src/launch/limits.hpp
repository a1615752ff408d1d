// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "brood/job_spec.hpp"
#include "launch/plan.hpp"

namespace brood::launch {

/// Limits by name as setrlimit(2) wants them. Throws Errc::bad_value for a name that there is not.
std::vector<ResourceLimit> resource_limits(const std::vector<Limit>& limits);

}  // namespace brood::launch
