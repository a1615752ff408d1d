// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "os/fd.hpp"
#include "store/record.hpp"
#include "store/state_dir.hpp"

namespace brood::store {

/// The directory of one job.
struct JobDir {
  JobId id = 0;
  std::string path;
  os::Fd fd;
};

/// Empty if there is none.
std::optional<JobDir> find_job_dir(const StateDir& state, JobId id);
/// A new one under a new id.
JobDir make_job_dir(const StateDir& state);
/// Throws if something in the job's directory has the name of a file of ours and cannot be removed as one: before
/// anything is removed.
void check_removable(const JobDir& dir);
/// Removes the record first, so that whoever looks meanwhile sees the whole job or none, then the rest. `name` is the
/// job's, empty if it is not known.
void remove_job_dir(const StateDir& state, const JobDir& dir, const std::string& name);

/// Removes a directory that holds no record, unless it is so new that a launch may just be filling it.
void remove_litter(const StateDir& state, JobId id);

/// An open record. It stays readable after the job has been closed, which waiters rely on.
class RecordFile {
 public:
  enum class Access { read, update };
  /// Empty if the directory holds none: a job that is being made, or has been closed.
  static std::optional<RecordFile> find(const JobDir& dir, Access access = Access::read);
  /// The same for a look at nothing but the record: the job's directory is checked as ever, and not opened.
  static std::optional<RecordFile> find(const StateDir& state, JobId id);
  /// `tail` as tail_text() made it.
  static RecordFile make(const JobDir& dir, const JobInfo& head, const std::string& tail);

  /// Throws Errc::record_damaged or record_too_new.
  Record load() const;
  /// One write in place. Only the job's keepers, and under lock() those who find it without keepers, may do this.
  void save_head(const std::string& head) const;
  std::string text() const;
  int fd() const noexcept { return fd_.get(); }

 private:
  RecordFile(os::Fd fd, std::uint64_t size) : fd_(std::move(fd)), size_(size) {}
  std::string read(bool& whole) const;

  os::Fd fd_;
  std::uint64_t size_;  // a record keeps the size that it was made with
};

/// The values of --env, which do not belong in a record: a file of their own, 0600.
std::string environment_bytes(const std::map<std::string, std::string>& values);
/// Throws Errc::record_damaged.
std::map<std::string, std::string> environment_from(std::string_view bytes);
void save_environment(const JobDir& dir, const std::string& bytes);
void load_environment(const JobDir& dir, std::map<std::string, std::string>& values);

}  // namespace brood::store
