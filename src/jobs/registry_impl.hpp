// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "brood/error.hpp"
#include "brood/registry.hpp"
#include "jobs/keys.hpp"
#include "jobs/liveness.hpp"
#include "store/state_dir.hpp"

namespace brood {

struct Registry::Impl {
  std::string path;
  std::optional<store::StateDir> dir;
  std::optional<AuthKey> given_key;  // the only one to be used

  /// The state directory if there is one; looking never makes it.
  const store::StateDir* find() {
    if (!dir) dir = store::StateDir::find(path);
    return dir ? &*dir : nullptr;
  }
  const store::StateDir& make() {
    if (!dir) dir = store::StateDir::make(path);
    return *dir;
  }
  /// Every job that bears the name, by id.
  std::vector<JobInfo> bearers(const std::string& name);
  jobs::OpenJob open(JobId id) {
    const store::StateDir* state = find();
    if (!state) throw Error(Errc::no_such_job, "find job " + std::to_string(id));
    return jobs::need_job(*state, id);
  }
  /// Of a job that is open.
  jobs::Keys keys() { return {find(), given_key}; }
};

namespace jobs {

/// An error for a job whose record is damaged: nothing is done on its word.
[[noreturn]] inline void refuse_damaged(const JobInfo& info) {
  const std::string what = "job " + std::to_string(info.id);
  if (info.problem_code == Errc::record_too_new) throw Error(Errc::record_too_new, what, "use that version");
  throw Error(Errc::record_damaged, what + ": " + info.problem,
              "brood close " + std::to_string(info.id) + " removes it");
}

}  // namespace jobs
}  // namespace brood
