// SPDX-License-Identifier: MIT
#include "monitor/wards.hpp"

#include <algorithm>
#include <csignal>
#include <iterator>

#include "monitor/order.hpp"
#include "os/proc.hpp"

namespace brood::monitor {
namespace {

// Processes that a job has left behind are among them, and nobody will ever claim those.
constexpr std::size_t most_strays = 256;

void move_up(os::Fd& fd) {
  try {
    fd = os::duplicate(fd.get(), lasting_fds);
  } catch (const Error&) {
    // The limit is lower than that.
  }
}

}  // namespace

Wards::Wards(os::Fd reports, const store::StateDir* state) : reports_(std::move(reports)), state_(state) {}

void Wards::keep_room() {
  while (room_.size() <= unheard_) room_.push_back(os::duplicate(reports_.get()));
}

void Wards::fit_room() {
  if (room_.size() > unheard_) room_.resize(unheard_);
}

void Wards::add(pid_t monitor, os::Fd caller) {
  ++unheard_;
  monitors_.emplace(monitor, std::nullopt);
  if (caller) callers_.emplace(monitor, std::move(caller));
}

std::size_t Wards::at_work() const {
  return static_cast<std::size_t>(std::count_if(monitors_.begin(), monitors_.end(), [](const auto& monitor) {
    return !monitor.second || monitor.second->sentinel;
  }));
}

void Wards::add_to(std::vector<pollfd>& fds) const {
  fds.push_back({reports_.get(), POLLIN, 0});
  for (const AdoptedJob& job : adopted_) job.monitor().add_to(fds);
}

os::Deadline Wards::deadline() const {
  os::Deadline next;
  for (const AdoptedJob& job : adopted_) next = os::earlier(next, job.monitor().deadline());
  for (const Later& job : later_) next = os::earlier(next, job.when);
  return next;
}

void Wards::on_ready(std::span<const pollfd> fds) {
  hear_monitors();
  let_go_of_callers();
  try_again();
  const auto ready =
      std::any_of(fds.begin() + 1, fds.end(), [](const pollfd& fd) { return fd.revents != 0; });
  for (auto job = adopted_.begin(); job != adopted_.end();) {
    if (ready) job->monitor().on_ready();
    if (const auto due = job->monitor().deadline(); due && os::steady_now() >= *due) job->monitor().on_due();
    job = job->monitor().is_finished() ? adopted_.erase(job) : std::next(job);
  }
}

void Wards::hear_monitors() {
  while (reports_ && os::is_ready(reports_.get())) {
    const bool makes_room = !room_.empty();
    if (makes_room) room_.pop_back();
    if (auto report = hear_monitor(reports_)) hear(std::move(*report));
    // One that brought no sentinel has left the place free.
    if (makes_room && reports_ && room_.size() < unheard_) room_.push_back(os::duplicate(reports_.get()));
  }
}

void Wards::hear(Guarded report) {
  const auto found = monitors_.find(report.monitor);
  if (found == monitors_.end()) return;
  if (!report.sentinel) {
    if (found->second) found->second->sentinel.reset();
    return;
  }
  if (!found->second) --unheard_;
  move_up(report.sentinel);
  found->second = std::move(report);
}

void Wards::on_children() {
  hear_monitors();  // first: what a monitor has said must be known when it is found dead
  while (const auto child = os::peek_ended_child()) {
    on_ended(*child);
    (void)os::reap(child->pid);
  }
  // A monitor that has been stopped would hold up all who wait for its job. Its target is nobody's business here.
  while (const pid_t stopped = os::take_stopped_child())
    if (monitors_.count(stopped)) (void)os::send_signal_to_pid(stopped, SIGCONT);
  fit_room();
  forget_strays();
  for (AdoptedJob& job : adopted_) job.monitor().look_around();
}

// One whose start time could not be read counts only among what ended at the same time.
void Wards::forget_strays() {
  if (!later_.empty()) return;
  if (monitors_.empty()) return strays_.clear();
  strays_.remove_if([](const Stray& stray) { return stray.start_time == 0; });
}

void Wards::on_ended(const os::EndedChild& child) {
  const auto found = monitors_.find(child.pid);
  if (found == monitors_.end()) {
    const auto job = std::find_if(adopted_.begin(), adopted_.end(), [&child](const AdoptedJob& each) {
      return each.monitor().target() == child.pid;
    });
    if (job != adopted_.end())
      job->monitor().on_target_ended(child.end);
    else
      strays_.push_back({child.pid, os::start_time_of(child.pid), child.end});
    if (strays_.size() > most_strays) strays_.pop_front();
    return;
  }
  std::optional<Guarded> guarded = std::move(found->second);
  if (!guarded) --unheard_;
  monitors_.erase(found);
  os::Fd caller;
  if (auto waiting = callers_.extract(child.pid)) caller = std::move(waiting.mapped());
  if (guarded && child.end.status != ExitStatus::exited(0)) adopt({std::move(*guarded), std::move(caller)});
}

void Wards::adopt(Later job) {
  try {
    const JobId id = job.guarded.job;
    AdoptedJob* adopted =
        AdoptedJob::make(adopted_, state_, job.guarded, job.caller && !os::is_hung_up(job.caller.get()));
    if (job.caller)
      (void)send_outcome_now(job.caller.get(), adopted ? Outcome{id, {}} : Outcome{0, monitor_gone()});
    if (!adopted) return;
    tell_of_target(*adopted);
    const pid_t target = adopted->monitor().target();
    if (target == 0 || os::is_child(target)) return;
    // It would be waited for for ever.
    adopted->give_up();
    adopted_.pop_back();
  } catch (const Error& problem) {
    // A damaged record stays so. Then the target is all that is left of the job, and proves itself.
    if (problem.code().category() == error_category()) return;
    job.when = os::steady_now() + job.pauses.next();
    later_.push_back(std::move(job));
  } catch (const std::exception&) {
    // No memory, not even for another attempt.
  }
}

void Wards::tell_of_target(AdoptedJob& job) {
  const auto ended = std::find_if(strays_.begin(), strays_.end(), [&job](const Stray& stray) {
    return stray.pid == job.monitor().target() &&
           (stray.start_time == 0 || stray.start_time == job.target_start_time());
  });
  if (ended == strays_.end()) return;
  const os::End end = ended->end;
  strays_.erase(ended);
  job.monitor().on_target_ended(end);
}

void Wards::try_again() {
  if (later_.empty()) return;
  std::list<Later> due;
  const os::SteadyTime now = os::steady_now();
  for (auto job = later_.begin(); job != later_.end();) {
    const auto next = std::next(job);
    if (job->when <= now) due.splice(due.end(), later_, job);
    job = next;
  }
  for (Later& job : due) adopt(std::move(job));
  if (!due.empty())
    for (AdoptedJob& job : adopted_) job.monitor().look_around();  // no child's end will lead to it
}

// Whoever has its answer goes; nobody is woken to see that. A monitor that has not reported may still have to take its
// copy of this descriptor.
void Wards::let_go_of_callers() {
  std::erase_if(callers_, [this](const auto& caller) {
    const auto monitor = monitors_.find(caller.first);
    return (monitor == monitors_.end() || monitor->second) && os::is_hung_up(caller.second.get());
  });
}

}  // namespace brood::monitor
