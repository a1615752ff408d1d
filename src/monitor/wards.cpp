// SPDX-License-Identifier: MIT
#include "monitor/wards.hpp"

#include <algorithm>
#include <iterator>

namespace brood::monitor {

Wards::Wards(os::Fd reports, const store::StateDir* state) : reports_(std::move(reports)), state_(state) {}

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
  return next;
}

void Wards::on_ready(std::span<const pollfd> fds) {
  hear_monitors();
  const auto ready =
      std::any_of(fds.begin() + 1, fds.end(), [](const pollfd& fd) { return fd.revents != 0; });
  for (auto job = adopted_.begin(); job != adopted_.end();) {
    if (ready) job->monitor().on_ready();
    if (const auto due = job->monitor().deadline(); due && os::steady_now() >= *due) job->monitor().on_due();
    job = job->monitor().is_finished() ? adopted_.erase(job) : std::next(job);
  }
}

void Wards::hear_monitors() {
  while (auto report = hear_monitor(reports_)) {
    const auto found = monitors_.find(report->monitor);
    if (found == monitors_.end()) continue;
    if (report->sentinel)
      found->second = std::move(*report);
    else if (found->second)
      found->second->sentinel.reset();
  }
}

void Wards::on_children() {
  hear_monitors();  // first: what a monitor has said must be known when it is found dead
  while (const auto child = os::peek_ended_child()) {
    on_ended(*child);
    (void)os::reap(child->pid);
  }
  strays_.clear();
  for (AdoptedJob& job : adopted_) job.monitor().look_around();
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
      strays_.emplace(child.pid, child.end);  // its monitor's death may just not have been looked at yet
    return;
  }
  std::optional<Guarded> guarded = std::move(found->second);
  monitors_.erase(found);
  if (guarded && child.end.status != ExitStatus::exited(0)) adopt(std::move(*guarded));
}

void Wards::adopt(Guarded guarded) {
  try {
    AdoptedJob* adopted = AdoptedJob::make(adopted_, state_, std::move(guarded));
    if (!adopted) return;
    if (const auto ended = strays_.find(adopted->monitor().target()); ended != strays_.end())
      adopted->monitor().on_target_ended(ended->second);
  } catch (const std::exception&) {
    // Its record cannot be read or written: then its target is all that is left of it, and proves itself.
  }
}

}  // namespace brood::monitor
