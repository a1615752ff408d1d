// SPDX-License-Identifier: MIT
#include "monitor/adopted_job.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include "os/clock.hpp"
#include "os/poll.hpp"
#include "os/proc.hpp"

namespace brood::monitor {
namespace {

// What is left of the run-time limit. The record has the start by the wall clock, which may have been set since; so the
// target itself is asked.
std::optional<Time> time_limit_of(const JobInfo& info, const JobSpec& spec) {
  using std::chrono::milliseconds;
  if (!spec.timeout) return std::nullopt;
  const milliseconds used = os::time_since(info.pid_start_time).value_or(milliseconds(0));
  return os::deadline_after(std::clamp(*spec.timeout - used, milliseconds(0), *spec.timeout));
}

Policy policy_of(const JobInfo& info, const JobSpec& spec) {
  return {spec.stop_signal, spec.grace, spec.orphans.value_or(OrphanPolicy::leave),
          time_limit_of(info, spec)};
}

// A parent that is no longer there has ended; then its pidfd is that of nobody, and the job follows at once.
os::Fd parent_of(const JobInfo& info) {
  if (!info.daemon) return {};
  auto pidfd = os::open_pidfd(info.parent.pid);
  if (pidfd && os::start_time_of(info.parent.pid) == info.parent.start_time) return std::move(*pidfd);
  return os::ready_fd();
}

Surroundings surroundings_of(const Keeper& keeper) {
  Surroundings around;
  around.walk.only = JobMark{keeper.state.path(), keeper.dir.id, keeper.info.pid.value_or(0)};
  around.parent = parent_of(keeper.info);
  around.why_not = "its monitor was killed, and its environment with it";
  return around;
}

// Nobody was told of the job yet, or only that it is being launched. Its target may have been executed all the same: it
// would be known to nobody.
void end_unknown(const Walk& walk) {
  constexpr int most_sweeps = 100;
  for (int sweep = 0; sweep < most_sweeps; ++sweep) {
    const Tree tree = tree_below(os::own_pid(), walk);
    if (tree.members.empty()) break;
    for (const Member& member : tree.members) (void)signal_member(member, SIGKILL);
  }
}

void call_lost(Keeper& keeper, const char* reason) {
  keeper.info.state = JobState::lost;
  keeper.info.reason = reason;
  save(keeper);
  keeper.sentinel.release(keeper.dir.fd.get());
  stop_control(keeper);
}

}  // namespace

AdoptedJob::AdoptedJob(Keeper keeper, const JobSpec& spec)
    : keeper_(std::move(keeper)),
      monitor_(keeper_, keeper_.info.pid.value_or(0), policy_of(keeper_.info, spec),
               surroundings_of(keeper_)) {
  if (keeper_.info.state == JobState::stopping) monitor_.resume_stop();
  if (keeper_.info.exit_status) monitor_.resume_ended();
}

void AdoptedJob::give_up() { call_lost(keeper_, "its monitor was killed, and nobody saw its end"); }

AdoptedJob* AdoptedJob::make(std::list<AdoptedJob>& jobs, const store::StateDir* state, Guarded& guarded,
                             bool is_awaited) {
  if (!state && !guarded.state) return nullptr;
  auto adopted = adopt_keeper(state ? *state : *guarded.state, guarded);
  if (!adopted) return nullptr;
  if (!adopted->keeper.info.pid) {
    Walk walk;
    if (state)
      walk.only = JobMark{state->path(), adopted->keeper.dir.id, 0};  // there are others' children, too
    end_unknown(walk);
    if (is_awaited && guarded.is_new)
      forget(adopted->keeper);
    else
      call_lost(adopted->keeper, "its monitor was killed before the target ran");
    return nullptr;
  }
  return &jobs.emplace_back(std::move(adopted->keeper), adopted->spec);
}

}  // namespace brood::monitor
