// SPDX-License-Identifier: MIT
#include "brood/registry.hpp"
#include "base/during.hpp"

#include "jobs/fork_client.hpp"
#include "jobs/registry_impl.hpp"

namespace brood {

Registry::Registry(const std::string& path) : impl_(std::make_unique<Impl>()) {
  impl_->path = path.empty() ? store::default_state_path() : store::absolute_path(path);
}
Registry::~Registry() = default;
Registry::Registry(Registry&&) noexcept = default;
Registry& Registry::operator=(Registry&&) noexcept = default;

Registry::Impl& Registry::impl() const {
  if (!impl_) throw Error(Errc::closed, "use a registry that has been moved away");
  return *impl_;
}

const std::string& Registry::path() const noexcept {
  static const std::string none;
  return impl_ ? impl_->path : none;
}

JobInfo Registry::info(JobId id) {
  return during("look at job " + std::to_string(id), [&] {
    const jobs::OpenJob job = impl().open(id);
    return jobs::inspect(*impl().find(), job).info;
  });
}

std::vector<JobInfo> Registry::list() {
  std::vector<JobInfo> all;
  const store::StateDir* state = impl().find();
  if (!state) return all;
  during("list the jobs", [&] {
    const auto ids = state->job_ids();
    all.reserve(ids.size());
    for (const JobId id : ids)
      if (auto record = jobs::look_at(*state, id)) all.push_back(std::move(record->info));
  });
  return all;
}

ForkServerInfo Registry::fork_server() {
  const store::StateDir* state = impl().find();
  return during("ask the fork server", [&] { return state ? jobs::server_info(*state) : ForkServerInfo{}; });
}

ForkServerInfo Registry::start_fork_server(Timeout idle) {
  const store::StateDir& state = impl().make();
  return during("start the fork server", [&] { return jobs::start_server(state, idle); });
}

bool Registry::stop_fork_server(bool is_forced) {
  const store::StateDir* state = impl().find();
  return state && during("stop the fork server", [&] { return jobs::stop_server(*state, is_forced); });
}

}  // namespace brood
