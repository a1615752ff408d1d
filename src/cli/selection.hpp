// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "brood/registry.hpp"
#include "cli/globals.hpp"

namespace brood::cli {

/// The jobs that a command was given, and how many failures there have been: a command does all it can, reports each
/// failure, and exits with 125 if there was one.
class Selection {
 public:
  /// References that mean no job are reported. Jobs that are meant twice count once.
  /// `matching` is empty for a command that has no --all.
  Selection(Registry& registry, const std::vector<std::string>& references, std::optional<Matching> matching,
            const Globals& globals);

  const std::vector<JobInfo>& jobs() const noexcept { return jobs_; }
  std::vector<JobId> ids() const;

  /// Reports it; where only one job was asked for, all of it failed, and the error is thrown.
  void failed(const Error& problem);
  /// Reports it in any case.
  void note(const Error& problem);
  void failed(const std::vector<JobFailure>& failures);
  /// `action` for each job; its errors are reported.
  void for_each(const std::function<void(const JobInfo&)>& action);

  bool has_failed() const noexcept { return has_failed_; }
  int exit_status() const noexcept;

 private:
  void add(Registry& registry, const std::string& reference, std::optional<Matching> matching);

  const Globals& globals_;
  bool is_single_;
  std::vector<JobInfo> jobs_;
  bool has_failed_ = false;
};

}  // namespace brood::cli
