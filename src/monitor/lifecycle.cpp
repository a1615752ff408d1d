// SPDX-License-Identifier: MIT
#include "monitor/lifecycle.hpp"

#include <algorithm>

namespace brood::monitor {
namespace {

// After SIGKILL only the kernel can keep a process: one that waits for a device, or one of another user that could not
// be signalled. This long it is waited for.
constexpr std::chrono::seconds kill_patience{5};

bool is_ending(Phase phase) { return phase == Phase::stopping || phase == Phase::killing; }

Scope wider(Scope a, Scope b) {
  return a == Scope::tree || b == Scope::tree ? Scope::tree : Scope::target_only;
}

// Back to what it was before somebody tried to end it.
Phase resting(const State& state) { return state.is_target_alive ? Phase::running : Phase::lingering; }

// Does the run-time limit still have something to end?
bool is_limited(const State& state, const Policy& policy) {
  const bool lives = state.phase == Phase::running ||
                     (state.phase == Phase::lingering && policy.orphans == OrphanPolicy::wait);
  return lives && policy.time_limit && state.cause != Cause::time_limit;
}

void begin_kill(Step& next, Time now) {
  next.state.phase = Phase::killing;
  next.state.deadline = now + kill_patience;
  next.actions.push_back(Action::send_kill);
}

void begin_stop(Step& next, Scope scope, std::chrono::milliseconds grace, Time now) {
  State& state = next.state;
  if (state.phase == Phase::killing) {  // nothing to add to SIGKILL but reach
    if (wider(state.scope, scope) != state.scope) next.actions.push_back(Action::send_kill);
    state.scope = wider(state.scope, scope);
    return;
  }
  const bool joins = state.phase == Phase::stopping;
  const Time patience = os::later(now, grace);
  state.scope = joins ? wider(state.scope, scope) : scope;
  state.deadline = joins && state.deadline ? std::min(*state.deadline, patience) : patience;
  state.phase = Phase::stopping;
  if (!joins) next.actions.push_back(Action::record);
  next.actions.push_back(Action::send_stop);
}

void give_up_restart(Step& next, const Policy& policy, Action told) {
  if (!next.state.will_relaunch) return;
  next.state.will_relaunch = false;
  next.state.is_over = !next.state.is_target_alive && policy.orphans != OrphanPolicy::wait;
  next.actions.push_back(told);
}

// Somebody wants it gone for good.
void call_off_restart(Step& next, const Policy& policy) { give_up_restart(next, policy, Action::call_off); }

void blame(State& state, Cause cause) {
  if (state.is_target_alive && state.cause == Cause::own) state.cause = cause;
}

void stop_for(Step& next, Cause cause, Scope scope, std::chrono::milliseconds grace, Time now) {
  blame(next.state, cause);
  begin_stop(next, scope, grace, now);
}

void kill(Step& next, Scope scope, Time now) {
  State& state = next.state;
  blame(state, Cause::asked);
  if (scope == Scope::target_only && is_ending(state.phase) && state.scope == Scope::tree) {
    next.actions.push_back(Action::kill_target);
    return;
  }
  state.scope = is_ending(state.phase) ? wider(state.scope, scope) : scope;
  if (!is_ending(state.phase)) next.actions.push_back(Action::record);
  begin_kill(next, now);
}

void finish(Step& next) {
  State& state = next.state;
  state.phase = Phase::finished;
  state.is_over = true;
  state.deadline.reset();
  for (const Action action : {Action::record, Action::release, Action::answer_tree, Action::finish})
    next.actions.push_back(action);
}

void tree_empty(Step& next) {
  State& state = next.state;
  if (state.is_target_alive || state.phase == Phase::relaunching) return;
  if (!state.will_relaunch) return finish(next);
  state.phase = Phase::relaunching;
  state.deadline.reset();
  next.actions = {Action::record, Action::answer_tree, Action::relaunch};
}

// Whoever waits is let go with the next event, which tells what is left: so that they find that on record, too.
void target_ended(Step& next, const Policy& policy) {
  State& state = next.state;
  state.is_target_alive = false;
  state.is_over = policy.orphans != OrphanPolicy::wait && !state.will_relaunch;
  next.actions.push_back(Action::record);
  if (is_ending(state.phase) && state.scope == Scope::tree) return;
  state.phase = Phase::lingering;
  state.deadline.reset();
}

void left_behind(Step& next, const Policy& policy, Time now) {
  if (next.state.is_target_alive) return;
  if (next.state.is_over) next.actions.push_back(Action::release);
  next.actions.push_back(Action::answer_target);
  if (next.state.phase == Phase::lingering && policy.orphans == OrphanPolicy::terminate)
    begin_stop(next, Scope::tree, policy.grace, now);
}

void refused(Step& next, const Policy& policy) {
  next.state.phase = resting(next.state);
  next.state.deadline.reset();
  give_up_restart(next, policy, Action::fail_restart);
  next.actions.push_back(Action::record);
  next.actions.push_back(Action::answer_refused);
}

void due(Step& next, const Policy& policy, Time now) {
  State& state = next.state;
  if (is_ending(state.phase)) {
    if (!state.deadline || now < *state.deadline) return;
    if (state.phase == Phase::stopping) {
      begin_kill(next, now);
    } else {
      refused(next, policy);
    }
  } else if (is_limited(state, policy) && now >= *policy.time_limit) {
    state.cause = Cause::time_limit;
    call_off_restart(next, policy);
    begin_stop(next, Scope::tree, policy.grace, now);
  }
}

}  // namespace

Step step(State state, const Policy& policy, const Event& event, Time now) {
  Step next{state, {}};
  if (state.phase == Phase::finished) return next;
  switch (event.kind) {
    case Event::Kind::target_ended: target_ended(next, policy); break;
    case Event::Kind::left_behind: left_behind(next, policy, now); break;
    case Event::Kind::tree_empty: tree_empty(next); break;
    case Event::Kind::due: due(next, policy, now); break;
    case Event::Kind::stop:
      call_off_restart(next, policy);
      stop_for(next, Cause::asked, event.scope, event.grace.value_or(policy.grace), now);
      break;
    case Event::Kind::kill:
      call_off_restart(next, policy);
      kill(next, event.scope, now);
      break;
    case Event::Kind::parent_ended:
      call_off_restart(next, policy);
      stop_for(next, Cause::parent_ended, Scope::tree, policy.grace, now);
      break;
    case Event::Kind::restart:
      next.state.will_relaunch = true;
      stop_for(next, Cause::asked, Scope::tree, event.grace.value_or(policy.grace), now);
      break;
    case Event::Kind::relaunched:
      if (state.phase != Phase::relaunching) break;
      next.state = State{};
      next.actions = {Action::answer_restart};
      break;
    case Event::Kind::not_relaunched:
      if (state.phase != Phase::relaunching) break;
      next.state.will_relaunch = false;
      next.actions = {Action::fail_restart};
      finish(next);
      break;
    case Event::Kind::refused:
      if (state.phase == Phase::killing) refused(next, policy);
      break;
  }
  return next;
}

std::optional<Time> next_deadline(const State& state, const Policy& policy) {
  if (is_ending(state.phase)) return state.deadline;
  return is_limited(state, policy) ? policy.time_limit : std::nullopt;
}

}  // namespace brood::monitor
