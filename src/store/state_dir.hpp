// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "brood/job_info.hpp"
#include "os/fd.hpp"

namespace brood::store {

/// Ids above this are no ids.
inline constexpr JobId most_ids = 1'000'000'000'000;

/// Where the state directory is when nobody says: see Registry. Always absolute.
std::string default_state_path();
/// `path` made absolute.
std::string absolute_path(const std::string& path);

/// An open state directory that has been found trustworthy: it is ours, and nobody else can write it.
class StateDir {
 public:
  /// Empty if there is none (and nothing is made).
  static std::optional<StateDir> find(const std::string& path);
  /// Makes it, 0700, where it is missing.
  static StateDir make(const std::string& path);
  /// The one that `fd` is open on; it was checked when it was opened.
  static StateDir adopt(std::string path, os::Fd fd);

  const std::string& path() const noexcept { return path_; }
  int fd() const noexcept { return fd_.get(); }

  std::string job_path(JobId id) const;
  /// Ids of all job directories, ascending.
  std::vector<JobId> job_ids() const;
  /// A number no job has had before. On disk before it is returned.
  JobId take_id() const;
  /// Holds the lock of a name until the descriptor closes, here and wherever it was sent.
  os::Fd lock_name(const std::string& name) const;

 private:
  StateDir(std::string path, os::Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  static StateDir checked(const std::string& path, os::Fd fd);
  JobId highest_id() const;

  std::string path_;
  os::Fd fd_;
};

}  // namespace brood::store
