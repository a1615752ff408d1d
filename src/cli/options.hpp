// SPDX-License-Identifier: MIT
// Kinds of options that several commands share; each refuses a bad value in words of its own.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "brood/job_spec.hpp"
#include "brood/registry.hpp"

namespace brood::cli {

using Duration = std::chrono::milliseconds;

CLI::Option* add_duration(CLI::App& app, const std::string& names, std::optional<Duration>& value,
                          const std::string& help);
CLI::Option* add_signal(CLI::App& app, const std::string& names, std::optional<int>& value, const std::string& help);
CLI::Option* add_number(CLI::App& app, const std::string& names, std::optional<long long>& value, long long least,
                        long long most, const std::string& help);
/// May be given again and again, one value each time.
CLI::Option* add_list(CLI::App& app, const std::string& names, std::vector<std::string>& values,
                      const std::string& type, const std::string& help);

/// The positional JOB, or JOB... for `jobs`.
CLI::Option* add_jobs(CLI::App& app, std::vector<std::string>& jobs);
CLI::Option* add_job(CLI::App& app, std::string& job);
void add_all(CLI::App& app, Matching& matching);
void add_scope(CLI::App& app, Scope& scope);

/// How a job is launched: the options of run, start and create.
void add_launch_options(CLI::App& app, JobSpec& spec);
/// Those of start and create: what becomes of the output and of the descriptors.
void add_background_options(CLI::App& app, JobSpec& spec);

}  // namespace brood::cli
