// SPDX-License-Identifier: MIT
#include <cstdlib>

#include "base/during.hpp"
#include "brood/console.hpp"
#include "brood/text.hpp"
#include "jobs/inside.hpp"
#include "jobs/registry_impl.hpp"
#include "store/name_index.hpp"

namespace brood {
namespace {

[[noreturn]] void no_such_job(const std::string& reference) {
  throw Error(Errc::no_such_job, "find job '" + printable(reference) + "'");
}

[[noreturn]] void ambiguous(const std::string& name, const std::vector<JobInfo>& live) {
  std::string ids;
  for (const auto& info : live) ids += (ids.empty() ? "" : ", ") + std::to_string(info.id);
  throw Error(Errc::ambiguous_job, "find job '" + printable(name) + "': it is " + ids,
              "name one of them by its id");
}

// The live ones, else the newest.
std::vector<JobInfo> meant(std::vector<JobInfo> bearers) {
  std::vector<JobInfo> live;
  for (const auto& info : bearers)
    if (is_live(info.state)) live.push_back(info);
  if (live.empty() && !bearers.empty()) live.push_back(std::move(bearers.back()));
  return live;
}

}  // namespace

std::vector<JobInfo> Registry::Impl::bearers(const std::string& name) {
  std::vector<JobInfo> found;
  const store::StateDir* state = find();
  if (!state) return found;
  auto ids = store::find_in_index(*state, name);
  if (!ids) ids = state->job_ids();
  for (const JobId id : *ids) {
    auto record = jobs::look_at(*state, id);
    if (record && record->info.state != JobState::damaged && record->info.name == name)
      found.push_back(std::move(record->info));
  }
  return found;
}

std::vector<JobInfo> Registry::find(const std::string& reference, Matching matching) {
  if (is_digits(reference)) {
    const auto id = parse_integer(reference, 1, store::most_ids);
    if (!id) no_such_job(reference);
    try {
      return {info(*id)};
    } catch (const Error& problem) {
      if (problem.code() == Errc::no_such_job) no_such_job(reference);
      throw;
    }
  }
  if (reference == "@self" || reference == "@parent") {
    const auto self = jobs::surrounding_job(path());
    if (!self) throw Error(Errc::not_inside_job, "find job '" + reference + "'");
    if (reference == "@self") return {info(*self)};
    const auto parent = info(*self).parent.job;
    if (!parent)
      throw Error(Errc::no_such_job, "find job '@parent': this job was not started inside another");
    return {info(*parent)};
  }
  if (const std::string problem = job_name_problem(reference); !problem.empty())
    throw Error(Errc::no_such_job, "find job '" + printable(reference) + "': " + problem);
  auto found =
      meant(during("find job '" + printable(reference) + "'", [&] { return impl().bearers(reference); }));
  if (found.empty()) no_such_job(reference);
  if (found.size() > 1 && matching == Matching::one) ambiguous(reference, found);
  return found;
}

}  // namespace brood
