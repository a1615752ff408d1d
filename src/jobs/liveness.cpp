// SPDX-License-Identifier: MIT
#include "jobs/liveness.hpp"

#include <thread>
#include <utility>

#include "brood/error.hpp"
#include "jobs/monitor_link.hpp"
#include "os/file.hpp"
#include "os/poll.hpp"
#include "os/proc.hpp"
#include "os/process.hpp"
#include "sentinel/sentinel.hpp"
#include "store/names.hpp"

namespace brood::jobs {
namespace {

constexpr int launch_looks = 1000;

// A log in the job's directory is recorded by name, one elsewhere by path.
std::string log_path(const std::string& dir, const std::string& log) {
  return log.empty() || log[0] == '/' ? log : dir + "/" + log;
}

void add_place(JobInfo& info, JobId id, const std::string& dir) {
  info.id = id;
  info.sentinel = dir + "/" + store::names::sentinel;
  info.stdout_log = log_path(dir, info.stdout_log);
  info.stderr_log = log_path(dir, info.stderr_log);
}

// Is it recorded, and can it be seen now, in which boot and pid namespace the job began?
bool has_ids(const JobInfo& info) {
  return os::has_proc() && !os::boot_id().empty() && !info.boot_id.empty();
}

// Without them: no two processes of a boot have the same number. Those of an earlier boot may have had it, so the job must
// have begun in this one.
bool is_proved_by_number(const JobInfo& info) {
  if (info.pid_inode == 0 || !info.started_at || *info.started_at < os::boot_time()) return false;
  const auto pidfd = os::open_pidfd(*info.pid);
  return pidfd && os::pidfd_inode(*info.pid) == info.pid_inode && !os::is_ready(pidfd->get());
}

void find_out_rest(JobInfo& info) {
  if (has_ids(info) && info.boot_id != os::boot_id()) {
    info.state = JobState::lost;
    info.reason = "reboot";
  } else if (is_target_proved(info)) {
    info.state = JobState::orphaned;
  } else {
    info.state = JobState::lost;
    info.reason = !os::has_proc() ? "its monitor ended; without /proc no more is known"
                  : info.pid_namespace != os::pid_namespace() ? "its monitor ended, in another pid namespace"
                                                              : "its monitor was killed";
  }
}

void call_damaged(JobInfo& info, const Error& problem) {
  if (is_shortage(problem)) throw Error(problem);
  info.state = JobState::damaged;
  info.problem = problem.what();
  info.problem_code = problem.code();
}

store::Record load(const OpenJob& job) {
  store::Record record;
  try {
    if (job.problem) throw Error(*job.problem);
    record = job.file->load();
  } catch (const Error& problem) {
    call_damaged(record.info, problem);
  }
  add_place(record.info, job.dir.id, job.dir.path);
  return record;
}

bool is_elsewhere(const JobInfo& info) { return !info.host.empty() && info.host != os::host_name(); }

// A monitor that listens is there, whatever has become of its sentinel: somebody may have taken that away.
bool is_kept(const OpenJob& job) {
  try {
    return has_monitor(job);
  } catch (const Error& problem) {
    if (is_shortage(problem)) throw;
    return false;
  }
}

// Without a pid its target is just being executed.
bool is_launching(const JobInfo& info) { return is_live(info.state) && !info.pid; }

// That takes a fraction of a millisecond, so the little that is missing is waited for. Not for long: a program file that
// somebody is still writing is tried for a second.
store::Record settled(const OpenJob& job, store::Record record) {
  for (int i = 0; i < launch_looks && is_launching(record.info); ++i) {
    std::this_thread::yield();
    record = load(job);
  }
  return record;
}

// Most jobs of a long list have ended, and of those the record says everything. Empty for all others, whatever is wrong.
std::optional<store::Record> ended_job(const store::StateDir& state, JobId id) {
  try {
    const auto file = store::RecordFile::find(state, id);
    if (!file) return std::nullopt;
    store::Record record = file->load();
    if (is_live(record.info.state)) return std::nullopt;
    add_place(record.info, id, state.job_path(id));
    return record;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

bool is_shortage(const Error& problem) {
  const auto& code = problem.code();
  return code == std::errc::too_many_files_open || code == std::errc::too_many_files_open_in_system ||
         code == std::errc::not_enough_memory;
}

std::optional<OpenJob> open_job(const store::StateDir& state, JobId id) {
  auto dir = store::find_job_dir(state, id);
  if (!dir) return std::nullopt;
  try {
    auto file = store::RecordFile::find(*dir);
    if (!file) return std::nullopt;
    return OpenJob{std::move(*dir), std::move(file), {}};
  } catch (const Error& problem) {
    if (is_shortage(problem)) throw;
    return OpenJob{std::move(*dir), {}, problem};
  }
}

std::optional<store::Record> look_at(const store::StateDir& state, JobId id) {
  if (auto record = ended_job(state, id)) return record;
  try {
    const auto job = open_job(state, id);
    if (!job) return std::nullopt;
    return inspect(state, *job);
  } catch (const Error& problem) {
    if (problem.code() == Errc::no_such_job) return std::nullopt;
    store::Record record;
    record.info.id = id;
    call_damaged(record.info, problem);
    return record;
  }
}

OpenJob need_job(const store::StateDir& state, JobId id) {
  auto job = open_job(state, id);
  if (!job) throw Error(Errc::no_such_job, "find job " + std::to_string(id));
  return std::move(*job);
}

bool is_target_proved(const JobInfo& info) {
  if (!info.pid) return false;
  if (!has_ids(info)) return is_proved_by_number(info);
  if (info.pid_start_time == 0) return false;
  if (!os::is_here(info.boot_id, info.pid_namespace)) return false;
  if (os::pidfd_inode(*info.pid) != info.pid_inode) return false;
  const auto stat = os::process_stat(*info.pid);
  return stat && stat->start_time == info.pid_start_time && os::is_running(*stat);
}

store::Record examine(const OpenJob& job) {
  store::Record record = load(job);
  if (!is_live(record.info.state)) return record;
  if (sentinel::is_held(job.dir.fd.get())) return settled(job, std::move(record));
  // Another machine's locks and processes cannot be seen from here: its records are shown as they are.
  if (is_elsewhere(record.info)) return record;
  const bool is_kept_still = is_kept(job);
  // The end may have come between the two looks; a monitor that listens no more has put it on record before.
  record = load(job);
  if (!is_live(record.info.state)) return record;
  // A launch that failed takes its job away again.
  if (os::status_of(job.file->fd()).links == 0)
    throw Error(Errc::no_such_job, "look at job " + std::to_string(job.dir.id) + ": it is gone");
  if (is_kept_still) return settled(job, std::move(record));
  find_out_rest(record.info);
  return record;
}

store::Record inspect(const store::StateDir& state, const OpenJob& job) {
  store::Record record = examine(job);
  JobInfo& info = record.info;
  if (info.state != JobState::damaged || !sentinel::is_held(job.dir.fd.get())) return record;
  if (const auto answer = ask_monitor(job, {&state, {}})) {
    const JobInfo before = std::exchange(info, *answer);
    info.id = job.dir.id;
    info.sentinel = before.sentinel;
    info.problem = before.problem;
    info.problem_code = before.problem_code;
  } else {
    info.problem += "; its monitor lives, and does not answer";
  }
  return record;
}

os::Fd watch_end(const OpenJob& job) {
  os::Fd end = sentinel::watch(job.dir.fd.get());
  if (end) return end;
  const JobInfo info = examine(job).info;
  if (info.state != JobState::orphaned) return is_live(info.state) ? watch_monitor(job) : os::Fd();
  auto pidfd = os::open_pidfd(*info.pid);
  return pidfd && is_target_proved(info) ? std::move(*pidfd) : os::Fd();
}

}  // namespace brood::jobs
