// SPDX-License-Identifier: MIT
// Which jobs were started inside a job: a list in the directory of that job, of numbers of a fixed width. Like the index
// of names it is only where to look: what it names may have been closed since.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/state_dir.hpp"

namespace brood::store {

/// Enters a new job under its parent; returns its place there, counted from 1 and never given twice. Empty if there is
/// no such parent.
std::optional<std::int64_t> add_child(const StateDir& state, JobId parent, JobId child);
/// The same, and what becomes of the tail of its record: with "identity", made of the parent's and this place.
std::string tail_of_child(const StateDir& state, JobId parent, const std::string& parent_identity,
                          JobId child, const std::string& tail);

/// In the order in which they were entered.
std::vector<JobId> children_of(const StateDir& state, JobId parent);
/// The same from the text of the list; what is no entry is left out.
std::vector<JobId> children_from(std::string_view text);

}  // namespace brood::store
