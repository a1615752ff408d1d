// SPDX-License-Identifier: MIT
// Kinds of options that several commands share; each refuses a bad value in words of its own.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "brood/job_spec.hpp"
#include "brood/registry.hpp"
#include "cli/option_set.hpp"

namespace brood::cli {

using Duration = std::chrono::milliseconds;

void add_duration(OptionSet& set, const std::string& names, const std::string& help,
                  std::optional<Duration>& value);
void add_number(OptionSet& set, const std::string& names, const std::string& help, long long least,
                long long most, std::optional<long long>& value);
void add_signal(OptionSet& set, const std::string& names, const std::string& help, std::optional<int>& value);

/// What the word stands for; refuses one that is none.
StartMethod start_method_from(const std::string& option, const std::string& word);

/// The positional JOB, or JOB... for a list.
void add_job(OptionSet& set, std::string& job);
void add_jobs(OptionSet& set, std::vector<std::string>& jobs);
void add_all(OptionSet& set, Matching& matching);
void add_scope(OptionSet& set, Scope& scope);
/// For those who command a job.
void add_authkey_file(OptionSet& set, std::string& file);

/// How a job is launched: the options of run, start and create.
void add_launch_options(OptionSet& set, JobSpec& spec);
/// Throws if one of the descriptors to pass is not the caller's.
void check_passed(const JobSpec& spec);
/// Those of start and create: what becomes of the output and of the descriptors.
void add_background_options(OptionSet& set, JobSpec& spec);

}  // namespace brood::cli
