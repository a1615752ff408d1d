// SPDX-License-Identifier: MIT
// The keys on disk, each in a file of its bytes alone: the one of the state directory, those it had before, and the own
// keys of jobs. What keys are good for is the business of control.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/auth_key.hpp"
#include "store/job_dir.hpp"
#include "store/state_dir.hpp"

namespace brood::store {

/// The key of the state directory, if it has one. Throws Errc::bad_value if the file is none.
std::optional<AuthKey> find_authkey(const StateDir& state);
/// Made, if there is none; of several callers that find none, one makes it and all get the same.
AuthKey need_authkey(const StateDir& state);
/// Puts a new key in the place of the present one, which is kept under what `name_of` calls it.
AuthKey replace_authkey(const StateDir& state, const std::function<std::string(const AuthKey&)>& name_of);
/// A former key, by the name under which it was kept.
std::optional<AuthKey> find_old_authkey(const StateDir& state, const std::string& name);

/// The job's own key, if it has one.
std::optional<AuthKey> find_authkey(const JobDir& job);
void save_authkey(const JobDir& job, const AuthKey& key);

/// What is in a file of the user's that is to serve as a key: 1 byte to 64 KiB. It may be a pipe, and is read once.
std::string read_key_file(const std::string& path);

}  // namespace brood::store
