// SPDX-License-Identifier: MIT
#include <algorithm>
#include <functional>
#include <set>

#include "base/during.hpp"
#include "jobs/orphan_end.hpp"
#include "jobs/registry_impl.hpp"
#include "os/poll.hpp"
#include "os/process.hpp"
#include "os/watch.hpp"
#include "sentinel/sentinel.hpp"

namespace brood {
namespace {

using namespace std::chrono_literals;

// One job that is waited for, and the descriptor that tells of its end.
struct Awaited {
  jobs::OpenJob job;
  os::Fd end;
  bool is_done = false;
  os::Fd orphan = {};      // the target's pidfd, once its keepers are dead
  bool is_parked = false;  // there was no descriptor for it

  bool is_polled() const { return !is_done && end; }

  // The rest is opened again when there is something to see.
  void keep_only_end() {
    job.dir.fd.reset();
    job.file.reset();
  }
};

bool polled(const Awaited& awaited) { return awaited.is_polled(); }
bool parked(const Awaited& awaited) { return awaited.is_parked; }

using Opener = std::function<jobs::OpenJob(JobId)>;

bool watches_only_ends(const std::vector<JobState>& states) {
  return std::all_of(states.begin(), states.end(), is_over);
}

// First the descriptor, then the look: an end between the two makes the descriptor ready.
JobInfo look(Awaited& awaited) {
  awaited.end = sentinel::watch(awaited.job.dir.fd.get());
  JobInfo info = jobs::examine(awaited.job).info;
  if (awaited.end) return info;
  if (info.state == JobState::orphaned) {
    awaited.end = jobs::watch_end(awaited.job);
    if (awaited.end) awaited.orphan = os::duplicate(awaited.end.get());
    return jobs::examine(awaited.job).info;
  }
  if (info.state != JobState::lost || !awaited.orphan) return info;
  jobs::record_orphans_end(awaited.job, awaited.orphan.get());
  awaited.orphan.reset();
  return jobs::examine(awaited.job).info;
}

class Wait {
 public:
  /// `is_frugal`: one descriptor for each job, for more jobs than could have all that is of use. Then the end of a job
  /// that somebody closes at once may be missed: it is gone.
  Wait(const WaitRule& rule, const WaitNews& news, Opener open, bool is_frugal)
      : rule_(rule), news_(news), open_(std::move(open)), is_frugal_(is_frugal) {}

  void add(JobId id) {
    jobs::OpenJob job = open_(id);
    // A job that has not been launched yet has no sentinel to wait at.
    const bool may_begin = !rule_.states.empty() && jobs::examine(job).info.state == JobState::created;
    if (!watches_only_ends(rule_.states) || may_begin) {
      if (!watch_) watch_.emplace();
      (void)watch_->add(job.dir.path);  // sees names that come and writes to the files
    }
    awaited_.push_back({std::move(job), {}, false});
    if (is_frugal_) awaited_.back().keep_only_end();
  }

  bool until_enough(const os::Deadline& deadline);
  void fail(JobId id, const Error& problem) const {
    if (!news_.failed) throw Error(problem);
    news_.failed(id, problem);
  }

 private:
  void consider(Awaited& awaited);
  JobInfo look_without_sentinel(Awaited& awaited);
  bool is_fitting(Awaited& awaited);
  bool fits(const JobInfo& info) const;
  // Those that have failed are wanted no more.
  bool is_enough() const { return found_ >= wanted(); }
  std::size_t wanted() const {
    const std::size_t possible = awaited_.size() - failed_;
    return rule_.count == 0 ? possible : std::min(rule_.count, possible);
  }
  std::vector<pollfd> descriptors() const;
  void on_news(const std::vector<pollfd>& fds);

  const WaitRule& rule_;
  const WaitNews& news_;
  Opener open_;
  bool is_frugal_;
  std::optional<os::Watch> watch_;
  std::vector<Awaited> awaited_;
  std::size_t found_ = 0;
  std::size_t failed_ = 0;
};

bool Wait::fits(const JobInfo& info) const {
  if (rule_.states.empty()) return is_over(info.state);
  return std::find(rule_.states.begin(), rule_.states.end(), info.state) != rule_.states.end();
}

// Its monitor lives, and somebody has taken its sentinel away. Then the record tells of the end, and should the monitor be
// killed, its own end does.
JobInfo Wait::look_without_sentinel(Awaited& awaited) {
  if (!watch_) watch_.emplace();
  (void)watch_->add(awaited.job.dir.path);
  awaited.end = jobs::watch_end(awaited.job);
  JobInfo info = jobs::examine(awaited.job).info;
  if (is_over(info.state)) awaited.end.reset();
  return info;
}

// Ready now (and told)? Throws if it can never be.
bool Wait::is_fitting(Awaited& awaited) {
  const std::string what = "wait for job " + std::to_string(awaited.job.dir.id);
  const JobInfo info = during(what, [&] {
    JobInfo seen = look(awaited);
    return is_live(seen.state) && !awaited.end ? look_without_sentinel(awaited) : seen;
  });
  if (info.state == JobState::damaged) jobs::refuse_damaged(info);
  // On record, but its monitor is still counting what the target has left behind: the hang-up comes in a moment.
  if (is_over(info.state) && awaited.end) return false;
  if (fits(info)) {
    news_.ready(info);
    return true;
  }
  const bool is_being_launched = static_cast<bool>(awaited.end);
  if (info.state == JobState::created && rule_.states.empty() && !is_being_launched)
    throw Error(Errc::not_started, what, "brood start --job " + std::to_string(info.id) + " starts it");
  if (is_over(info.state))
    throw Error(Errc::never_reached, what + ": it is " + std::string(to_string(info.state)));
  return false;
}

void Wait::consider(Awaited& awaited) {
  awaited.is_parked = false;
  try {
    if (!awaited.job.dir.fd) awaited.job = open_(awaited.job.dir.id);
    awaited.is_done = is_fitting(awaited);
    found_ += awaited.is_done;
  } catch (const Error& problem) {
    awaited.end.reset();
    // Others that end make room.
    awaited.is_parked = jobs::is_shortage(problem) && std::any_of(awaited_.begin(), awaited_.end(), polled);
    if (awaited.is_parked) return awaited.keep_only_end();
    awaited.is_done = true;
    ++failed_;
    fail(awaited.job.dir.id, problem);
  }
  if (awaited.is_done) {
    awaited.end.reset();
    awaited.orphan.reset();
  }
  if (awaited.is_done || is_frugal_) awaited.keep_only_end();
}

std::vector<pollfd> Wait::descriptors() const {
  std::vector<pollfd> fds;
  if (watch_) fds.push_back({watch_->fd(), POLLIN, 0});
  for (const Awaited& awaited : awaited_)
    if (awaited.is_polled()) fds.push_back({awaited.end.get(), POLLIN, 0});
  return fds;
}

void Wait::on_news(const std::vector<pollfd>& fds) {
  const bool all = watch_ && (fds[0].revents != 0 || !watch_->works());
  if (all) watch_->drain();
  auto fd = fds.begin() + (watch_ ? 1 : 0);
  for (Awaited& awaited : awaited_) {
    const bool is_ready = awaited.is_polled() && (fd++)->revents != 0;
    if (!awaited.is_done && !is_enough() && (all || is_ready || awaited.is_parked)) consider(awaited);
  }
}

bool Wait::until_enough(const os::Deadline& deadline) {
  for (auto& awaited : awaited_) {
    if (is_enough()) return true;
    consider(awaited);
  }
  while (!is_enough()) {
    auto fds = descriptors();
    os::Deadline until = deadline;
    if (news_.tick) {
      news_.tick(wanted() - found_);
      const os::SteadyTime next = os::steady_now() + 1s;
      until = os::earlier(deadline, next);
    }
    // Where there is no inotify or no descriptor left, now and then has to do.
    const bool looks_again =
        (watch_ && !watch_->works()) || std::any_of(awaited_.begin(), awaited_.end(), parked);
    if (looks_again) until = os::earlier(until, os::steady_now() + 200ms);
    const bool is_news = os::poll(fds, until);
    if (is_news || looks_again) on_news(fds);
    if (!is_news && deadline && os::steady_now() >= *deadline) return is_enough();
  }
  return true;
}

}  // namespace

bool Registry::wait(const std::vector<JobId>& jobs, const WaitRule& rule, const WaitNews& news) {
  const os::Deadline deadline = os::deadline_after(rule.timeout);
  constexpr std::size_t each = 4;  // descriptors at most
  std::optional<os::MoreDescriptors> more;
  if (jobs.size() > 8) more.emplace();
  const bool is_frugal = more && jobs.size() > more->most() / each;
  const std::set<JobId> distinct(jobs.begin(), jobs.end());
  if (rule.count > distinct.size())
    throw Error(Errc::bad_value, "wait for " + std::to_string(rule.count) + " of " +
                                     std::to_string(distinct.size()) + " jobs");
  std::set<JobId> seen;
  Wait wait(
      rule, news, [this](JobId id) { return impl().open(id); }, is_frugal);
  for (const JobId id : jobs) {
    if (!seen.insert(id).second) continue;
    try {
      wait.add(id);
    } catch (const Error& problem) {
      const bool names_it = problem.code() == Errc::no_such_job;
      wait.fail(id, names_it ? problem : problem.during("wait for job " + std::to_string(id)));
    }
  }
  return wait.until_enough(deadline);
}

std::optional<JobInfo> Registry::join(JobId id, Timeout timeout) {
  std::optional<JobInfo> result;
  WaitRule rule;
  rule.timeout = timeout;
  (void)wait({id}, rule, {[&](const JobInfo& info) { result = info; }});
  return result;
}

Sentinel Registry::sentinel(JobId id) {
  const jobs::OpenJob job = impl().open(id);
  const std::string what = "sentinel of job " + std::to_string(id);
  // Between the two looks the job may have been launched, have ended or have lost its keepers: then there is an answer
  // in the next round.
  for (int round = 0; round < 10; ++round) {
    if (os::Fd end = jobs::watch_end(job)) return Sentinel(end.release());
    const JobInfo info = jobs::examine(job).info;
    if (info.state == JobState::damaged) jobs::refuse_damaged(info);
    if (info.state == JobState::created)
      throw Error(Errc::not_started, what, "brood start --job " + std::to_string(id) + " starts it");
    if (is_over(info.state)) return Sentinel(os::ready_fd().release());
  }
  throw Error(Errc::unsupported, what + ": its end cannot be seen from here");
}

}  // namespace brood
