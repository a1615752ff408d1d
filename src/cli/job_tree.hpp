// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "brood/job_info.hpp"

namespace brood::cli {

/// A job with the jobs that were started inside it.
struct JobTree {
  JobInfo info;
  std::vector<JobTree> children;
};

/// Jobs as trees. One whose parent is not among them is a root; roots and children are by id.
std::vector<JobTree> job_trees(const std::vector<JobInfo>& jobs);

}  // namespace brood::cli
