// SPDX-License-Identifier: MIT
#include "jobs/inside.hpp"

#include <cstdlib>

#include "brood/text.hpp"
#include "store/state_dir.hpp"

namespace brood::jobs {

std::optional<JobId> surrounding_job(const std::string& state_path) {
  const char* job = std::getenv("BROOD_JOB");
  const char* state = std::getenv("BROOD_STATE_DIR");
  if (!job || !state || state_path != state) return std::nullopt;
  return parse_integer(job, 1, store::most_ids);
}

}  // namespace brood::jobs
