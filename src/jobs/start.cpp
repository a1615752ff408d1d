// SPDX-License-Identifier: MIT
#include "base/during.hpp"
#include "brood/text.hpp"
#include "jobs/keys.hpp"
#include "jobs/launch_order.hpp"
#include "jobs/launching.hpp"
#include "jobs/registry_impl.hpp"
#include "os/clock.hpp"
#include "os/process.hpp"
#include "store/authkey.hpp"
#include "store/family.hpp"
#include "store/job_dir.hpp"
#include "store/name_index.hpp"

namespace brood {

namespace {

using jobs::Purpose;

// A record in state `created`.
JobId record_created(const store::StateDir& state, const JobSpec& spec, const jobs::Parentage& parentage,
                     const std::optional<AuthKey>& key) {
  const store::JobDir dir = store::make_job_dir(state);
  try {
    if (!spec.set_env.empty()) store::save_environment(dir, store::environment_bytes(spec.set_env));
    if (key) store::save_authkey(dir, *key);
    JobInfo info;
    info.id = dir.id;
    info.name = spec.name;
    info.created_at = os::wall_now();
    store::add_to_index(state, spec.name, dir.id);
    std::string tail = jobs::record_tail(spec, parentage, Purpose::create);
    if (const auto parent = parentage.parent.job)
      tail = store::tail_of_child(state, *parent, parentage.identity, dir.id, tail);
    (void)store::RecordFile::make(dir, info, tail);
  } catch (...) {
    store::remove_job_dir(state, dir, spec.name);
    throw;
  }
  return dir.id;
}

}  // namespace

JobId Registry::start(const JobSpec& asked, NameRule rule) {
  const JobSpec spec = jobs::completed(asked, impl().find());
  jobs::check(spec, Purpose::start);
  const std::string doing = "start '" + printable(spec.name) + "'";
  const auto outer = jobs::outer_job(*this);
  jobs::refuse_in_daemon(outer, doing);
  const auto key = jobs::key_in_file(spec.authkey_file);
  const store::StateDir& state = impl().make();
  monitor::Order order =
      jobs::make_order(spec, jobs::parentage_of(*this, outer, spec, true), key, state, Purpose::start);
  if (rule != NameRule::any) {
    // The lock travels with the order and is held until the new record can be seen, also if this process is killed.
    order.name_lock = during(doing, [&] { return state.lock_name(spec.name); });
    for (const auto& info : during(doing, [&] { return impl().bearers(spec.name); })) {
      if (!is_live(info.state)) continue;
      if (rule == NameRule::reuse) return info.id;
      if (rule == NameRule::unique)
        throw Error(Errc::name_in_use, doing + ": job " + std::to_string(info.id));
      if (const auto failures = terminate({info.id}); !failures.empty()) throw Error(failures.front().error);
    }
  }
  return jobs::launch_in_background(state, std::move(order), *spec.method);
}

JobId Registry::create(const JobSpec& asked) {
  JobSpec spec = jobs::completed(asked, impl().find());
  jobs::check(spec, Purpose::create);
  spec = jobs::anchored(std::move(spec));
  auto key = jobs::key_in_file(spec.authkey_file);
  const store::StateDir& state = impl().make();
  if (!key) key = jobs::inherited_key(state);
  const os::PrivateUmask umask;
  const jobs::Parentage parentage = jobs::parentage_of(*this, jobs::outer_job(*this), spec, false);
  return during("create '" + printable(spec.name) + "'",
                [&] { return record_created(state, spec, parentage, key); });
}

void Registry::start(JobId created) {
  const std::string doing = "start job " + std::to_string(created);
  const jobs::OpenJob job = impl().open(created);
  const store::Record record = jobs::examine(job);
  if (record.info.state == JobState::damaged) jobs::refuse_damaged(record.info);
  if (record.info.state != JobState::created) throw Error(Errc::already_started, doing);
  jobs::refuse_in_daemon(jobs::outer_job(*this), doing);
  jobs::launch_recorded(*impl().find(), job, record, false);
}

}  // namespace brood
