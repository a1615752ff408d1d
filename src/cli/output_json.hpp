// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "brood/error.hpp"
#include "brood/fork_server.hpp"
#include "brood/job_info.hpp"
#include "cli/job_tree.hpp"

namespace brood::cli {

/// A job as one JSON object on one line, ending in a line break.
std::string job_json(const JobInfo& info);
/// An array of them.
std::string jobs_json(const std::vector<JobInfo>& jobs);
/// The same with their children, each in its parent's "children".
std::string job_trees_json(const std::vector<JobTree>& trees);
std::string server_json(const ForkServerInfo& info);
std::string error_json(const Error& problem);
std::string word_json(const std::string& word);
std::string words_json(const std::vector<std::string>& words);
std::string fingerprint_json(const std::string& fingerprint);

/// The value of one field ("pid", "parent.job", "target"): a string raw, nothing for null, everything else as JSON.
/// Empty if there is no such field.
std::optional<std::string> field_text(const JobInfo& info, const std::string& field);
std::vector<std::string> field_names();

}  // namespace brood::cli
