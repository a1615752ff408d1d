// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "brood/error.hpp"
#include "store/job_dir.hpp"
#include "store/state_dir.hpp"

namespace brood::jobs {

/// A job that is being looked at: its directory and record stay readable, also when the job is closed meanwhile.
struct OpenJob {
  store::JobDir dir;
  std::optional<store::RecordFile> file;
  std::optional<Error> problem;  // why there is no file: the record is there and cannot be opened
};

/// Does this process lack something, descriptors or memory? That says nothing about the job that it looks at.
bool is_shortage(const Error& problem);

/// Empty if there is no such job.
std::optional<OpenJob> open_job(const store::StateDir& state, JobId id);
/// Throws Errc::no_such_job.
OpenJob need_job(const store::StateDir& state, JobId id);

/// What record, sentinel and kernel together say of the job now. A record that cannot be read gives state `damaged`.
/// A record that still calls the job live while no keeper holds its sentinel is believed only as far as its target can
/// be proved to live: pid, start time, boot and pid namespace must fit; where these are not known, the number that the
/// kernel gave the process. Nothing is written.
store::Record examine(const OpenJob& job);

/// The same for people: of a job whose record cannot be read, its monitor is asked, if there is one.
store::Record inspect(const store::StateDir& state, const OpenJob& job);

/// Both in one, for looks at many jobs: whatever is wrong with one of them is told as its state, not thrown; only what is
/// wrong with us is, such as a lack of descriptors. Empty if there is no such job.
std::optional<store::Record> look_at(const store::StateDir& state, JobId id);

/// A descriptor that becomes ready when the job is over: its sentinel, or for a job whose keepers are dead a pidfd of
/// its target, or where the sentinel was taken away one of its monitor. Empty if it is over, or has not begun.
os::Fd watch_end(const OpenJob& job);

/// Can the recorded target be proved to be the process that has its pid now?
bool is_target_proved(const JobInfo& info);

}  // namespace brood::jobs
