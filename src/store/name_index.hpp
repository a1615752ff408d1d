// SPDX-License-Identifier: MIT
// Which jobs bear a name, without reading every record: an empty file HASH-ID for each job, in one of 256 directories.
//
// The index is never the truth, only where to look for it. An entry is made before the record that it leads to, and
// removed after it; so what it names may be gone or bear another name by now, but no job is missing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/state_dir.hpp"

namespace brood::store {

/// Makes an empty index. Only for a state directory that has no job, before it gets its first.
void make_index(const StateDir& state);
void add_to_index(const StateDir& state, const std::string& name, JobId id);
void remove_from_index(const StateDir& state, const std::string& name, JobId id) noexcept;

/// Ids, ascending, of all jobs that may bear the name. Empty if there is no index: then every record has to be read.
std::optional<std::vector<JobId>> find_in_index(const StateDir& state, const std::string& name);

/// Removes entries of jobs that are no more. For a record that could not be read nobody knew the name.
void sweep_index(const StateDir& state);

}  // namespace brood::store
