// SPDX-License-Identifier: MIT
#pragma once

#include "brood/job_spec.hpp"
#include "jobs/keys.hpp"
#include "jobs/parent.hpp"
#include "monitor/order.hpp"
#include "store/state_dir.hpp"

namespace brood::jobs {

enum class Purpose {
  start,
  create,
  start_created,  ///< numbers of descriptors come from a record, so they can only mean what the process was given
  run,
};

/// Throws Errc::bad_value or bad_name for a spec that cannot be launched.
void check(const JobSpec& spec, Purpose purpose);
/// What Registry::start_method() says; `state` may be null: there is none yet.
StartMethod default_method(const store::StateDir* state);

/// The spec with its defaults made explicit: name and start method. To be checked afterwards.
JobSpec completed(JobSpec spec, const store::StateDir* state);

/// For a launch later on and from elsewhere: relative paths made absolute, the directory fixed.
JobSpec anchored(JobSpec spec);

/// The record's tail for a job that will be, or has been, launched from `spec`.
std::string record_tail(const JobSpec& spec, const Parentage& parentage, Purpose purpose);

/// What a monitor needs to launch `spec`, in the caller's environment and with the files that the spec names open.
/// `key` is the job's, if it was chosen or fixed before (see give_key).
monitor::Order make_order(const JobSpec& spec, Parentage parentage, const std::optional<AuthKey>& key,
                          const store::StateDir& state, Purpose purpose);

}  // namespace brood::jobs
