// SPDX-License-Identifier: MIT
#include "cli/selection.hpp"

#include <algorithm>

#include "cli/exit_codes.hpp"
#include "cli/output.hpp"

namespace brood::cli {

Selection::Selection(Registry& registry, const std::vector<std::string>& references,
                     std::optional<Matching> matching, const Globals& globals)
    : globals_(globals), is_single_(references.size() == 1 && matching != Matching::all) {
  for (const auto& reference : references) {
    try {
      add(registry, reference, matching);
    } catch (const Error& problem) {
      failed(problem);
    }
  }
}

void Selection::add(Registry& registry, const std::string& reference, std::optional<Matching> matching) {
  try {
    for (auto& info : registry.find(reference, matching.value_or(Matching::one))) {
      const auto is_same = [&](const JobInfo& other) { return other.id == info.id; };
      if (std::none_of(jobs_.begin(), jobs_.end(), is_same)) jobs_.push_back(std::move(info));
    }
  } catch (const Error& problem) {
    if (problem.code() != Errc::ambiguous_job || !matching) throw;
    throw Error(problem.code(), problem.doing(), problem.hint() + ", or say --all");
  }
}

std::vector<JobId> Selection::ids() const {
  std::vector<JobId> ids;
  for (const auto& info : jobs_) ids.push_back(info.id);
  return ids;
}

void Selection::failed(const Error& problem) {
  if (is_single_) throw Error(problem);
  note(problem);
}

void Selection::note(const Error& problem) {
  report(problem, globals_.quiet);
  has_failed_ = true;
}

void Selection::failed(const std::vector<JobFailure>& failures) {
  for (const auto& failure : failures) failed(failure.error);
}

void Selection::for_each(const std::function<void(const JobInfo&)>& action) {
  for (const auto& info : jobs_) {
    try {
      action(info);
    } catch (const Error& problem) {
      failed(problem);
    }
  }
}

int Selection::exit_status() const noexcept { return has_failed_ ? exit_failed : exit_done; }

}  // namespace brood::cli
