// SPDX-License-Identifier: MIT
#include <cstdlib>

#include "brood/console.hpp"
#include "brood/text.hpp"
#include "jobs/inside.hpp"
#include "jobs/registry_impl.hpp"

namespace brood {
namespace {

constexpr JobId most_ids = 1'000'000'000'000;

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

[[noreturn]] void no_such_job(const std::string& reference) {
  throw Error(Errc::no_such_job, "find job '" + printable(reference) + "'");
}

[[noreturn]] void ambiguous(const std::string& name, const std::vector<JobInfo>& live) {
  std::string ids;
  for (const auto& info : live) ids += (ids.empty() ? "" : ", ") + std::to_string(info.id);
  throw Error(Errc::ambiguous_job, "find job '" + printable(name) + "': it is " + ids,
              "name one of them by its id, or say --all");
}

// The one that is meant: the live ones, else the newest.
std::vector<JobInfo> bearers(Registry& registry, const std::string& name) {
  std::vector<JobInfo> live;
  std::optional<JobInfo> newest;
  for (auto& info : registry.list()) {
    if (info.name != name || info.state == JobState::damaged) continue;
    if (is_live(info.state)) live.push_back(info);
    newest = std::move(info);
  }
  if (live.empty() && newest) live.push_back(std::move(*newest));
  return live;
}

}  // namespace

std::vector<JobInfo> Registry::find(const std::string& reference, Matching matching) {
  if (is_number(reference)) {
    const auto id = parse_integer(reference, 1, most_ids);
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
    if (!parent) throw Error(Errc::no_such_job, "find job '@parent': this job was not started inside another");
    return {info(*parent)};
  }
  if (const std::string problem = job_name_problem(reference); !problem.empty())
    throw Error(Errc::no_such_job, "find job '" + printable(reference) + "': " + problem);
  auto found = bearers(*this, reference);
  if (found.empty()) no_such_job(reference);
  if (found.size() > 1 && matching == Matching::one) ambiguous(reference, found);
  return found;
}

}  // namespace brood
