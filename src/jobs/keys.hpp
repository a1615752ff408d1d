// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "base/auth_key.hpp"
#include "monitor/order.hpp"
#include "store/job_dir.hpp"
#include "store/state_dir.hpp"

namespace brood::jobs {

/// The key that a file of the user's makes; empty without a file.
std::optional<AuthKey> key_in_file(const std::string& path);
/// The own key of the job that this process belongs to, if it is one of this state directory and has one.
std::optional<AuthKey> inherited_key(const store::StateDir& state);
/// The key that was chosen for a new job, else the inherited one, else the state directory's.
void give_key(monitor::Order& order, const store::StateDir& state, const std::optional<AuthKey>& chosen);

/// What there is to prove with that one may command a job.
struct Keys {
  const store::StateDir* state = nullptr;
  std::optional<AuthKey> given;  ///< if there is one, no other is tried
};

/// The key with the fingerprint that the job's monitor asks for; if it is not to be found, the state directory's, so that
/// it is the monitor who refuses it. Throws Errc::authentication_failed where there is none at all.
AuthKey find_key(const Keys& keys, JobId job, const std::string& fingerprint);
/// As far as can be told without a monitor: may this job have the key that was given?
bool is_possible_key(const Keys& keys, const store::JobDir& job);

/// Throws Errc::authentication_failed.
[[noreturn]] void refuse_key(const Keys& keys, const std::string& what);

}  // namespace brood::jobs
