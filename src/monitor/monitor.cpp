// SPDX-License-Identifier: MIT
#include "monitor/monitor.hpp"

#include <algorithm>
#include <cerrno>

#include "brood/text.hpp"
#include "monitor/guard.hpp"
#include "os/poll.hpp"
#include "os/proc.hpp"
#include "store/name_index.hpp"

namespace brood::monitor {
namespace {

using control::Answer;
using control::Kind;

std::error_code system_code(int number) { return {number, std::system_category()}; }

// A tree that grows while it is killed is swept again at once; one that outgrows this many sweeps is swept again with
// its next death.
constexpr int most_sweeps = 100;

}  // namespace

Monitor::Monitor(Keeper& keeper, pid_t target, const Policy& policy, Surroundings surroundings)
    : keeper_(keeper), target_(target), policy_(policy), around_(std::move(surroundings)) {
  if (keeper.place == Place::foreground) foreground_.emplace(target);
}

void Monitor::watch(int signals) {
  while (!is_finished()) wait_for_news(signals);
}

void Monitor::end_all(int signals) {
  around_.walk.enters_monitors = true;
  policy_.orphans = OrphanPolicy::terminate;
  state_.phase = Phase::lingering;
  tell_servers(SIGTERM);  // no more jobs; it leaves when it has seen the end of those that it has
  tell_servers(SIGCONT);
  on_children();
  watch(signals);
}

void Monitor::tell_servers(int signal) const {
  for (const Member& server : tree().servers) (void)signal_member(server, signal);
}

void Monitor::add_to(std::vector<pollfd>& fds) const {
  fds.push_back({around_.parent.get(), POLLIN, 0});
  keeper_.control.add_to(fds);
}

void Monitor::on_ready() {
  if (around_.parent && os::is_ready(around_.parent.get())) {
    around_.parent.reset();
    apply({Event::Kind::parent_ended, Scope::tree, {}});
  }
  take_requests();
}

void Monitor::take_requests() {
  for (const auto& [client, request] : keeper_.control.take_requests(os::steady_now()))
    on_request(client, request);
}

os::Deadline Monitor::deadline() const {
  return os::earlier(os::earlier(next_deadline(state_, policy_), keeper_.control.deadline()),
                     overdue_.deadline());
}

// Also of those who connected and then did not say who they are: they are dropped.
void Monitor::on_due() {
  record_again();
  apply({Event::Kind::due, Scope::tree, {}});
  take_requests();
}

void Monitor::wait_for_news(int signal_fd) {
  std::vector<pollfd> fds{{signal_fd, POLLIN, 0}};
  add_to(fds);
  if (!os::poll(fds, deadline())) return on_due();
  if (fds[0].revents) on_signals(signal_fd);
  if (std::any_of(fds.begin() + 1, fds.end(), [](const pollfd& fd) { return fd.revents != 0; })) on_ready();
}

void Monitor::on_signals(int signal_fd) {
  bool children = false;
  while (const auto signal = os::next_signal(signal_fd)) {
    if (signal->number == SIGCHLD)
      children = true;
    else
      on_signal(*signal);
  }
  if (children) on_children();
}

// In the background nobody has any business signalling the monitor; it stays while its job does.
void Monitor::on_signal(const os::Signal& signal) {
  if (!foreground_) return;
  was_told_to_end_ = was_told_to_end_ || asks_to_end(signal.number);
  if (state_.is_target_alive) {
    foreground_->pass_on(signal);
    return;
  }
  if (!asks_to_end(signal.number)) return;
  // The target is over and only what it left behind is waited for: hurry.
  const bool again = state_.phase == Phase::stopping || state_.phase == Phase::killing;
  apply({again ? Event::Kind::kill : Event::Kind::stop, Scope::tree, {}});
}

void Monitor::reap_children() {
  while (const auto child = os::peek_ended_child()) {
    // On record before the pid is free for others.
    if (child->pid == target_ && state_.is_target_alive) on_target_ended(child->end);
    (void)os::reap(child->pid);
  }
}

void Monitor::on_children() {
  reap_children();
  if (foreground_ && state_.is_target_alive) foreground_->follow();
  look_around();
}

void Monitor::on_target_ended(const os::End& end) {
  JobInfo& info = keeper_.info;
  info.exit_status = end.status;
  info.rusage = end.usage;
  info.ended_at = os::wall_now();
  if (state_.cause == Cause::time_limit) info.reason = "timeout";
  if (state_.cause == Cause::parent_ended) info.reason = "parent ended";
  apply({Event::Kind::target_ended, Scope::tree, {}});
}

void Monitor::look_around() {
  if (state_.phase == Phase::stopping) send_stop();
  if (state_.phase == Phase::killing) send_kill();
  if (state_.is_target_alive || is_finished()) return;
  const Event empty{Event::Kind::tree_empty, Scope::tree, {}};
  if (!os::has_children()) return apply(empty);
  // Children there are. A command in the foreground leaves them to whoever adopts them, if it was told to, or if it
  // cannot tell who they are.
  const bool leaves = policy_.orphans == OrphanPolicy::leave && state_.phase == Phase::lingering;
  if (foreground_ && (leaves || !os::has_proc())) return apply(empty);
  const Tree left = tree();
  if (left.is_settled && left.members.empty()) return apply(empty);
  if (const int count = static_cast<int>(left.members.size()); count != keeper_.info.orphans) {
    keeper_.info.orphans = count;
    save_now();
  }
  apply({Event::Kind::left_behind, Scope::tree, {}});
}

Tree Monitor::tree() const { return os::has_children() ? tree_below(os::own_pid(), around_.walk) : Tree(); }

void Monitor::on_request(control::Server::Client client, const control::Request& request) {
  if (request.kind == Kind::status) return report(client);
  keeper_.control.answer(client, {Kind::accepted, {}, {}});
  if (request.kind == Kind::rename) {
    rename(client, request.name);
  } else if (request.kind == Kind::signal) {
    send_to(client, request);
  } else if (request.kind == Kind::restart) {
    restart(client, request);
  } else if (request.scope == Scope::target_only && !state_.is_target_alive) {
    keeper_.control.answer(client, {Kind::done, {}, {}});
  } else {
    waiters_.push_back({client, request.scope, false});
    apply({request.kind == Kind::kill ? Event::Kind::kill : Event::Kind::stop, request.scope, request.grace});
  }
}

void Monitor::send_to(control::Server::Client client, const control::Request& request) {
  int failure = state_.is_target_alive ? 0 : ESRCH;
  if (request.scope == Scope::target_only || !os::has_proc()) {
    if (state_.is_target_alive) failure = os::send_signal_to_pid(target_, request.signal);
  } else {
    failure = ESRCH;
    for (const Member& member : tree().members) {
      const int result = signal_member(member, request.signal);
      if (result == 0 || failure == ESRCH) failure = result == 0 ? 0 : failure == 0 ? 0 : result;
    }
  }
  if (failure == 0)
    keeper_.control.answer(client, {Kind::done, {}, {}});
  else
    keeper_.control.answer(client, {Kind::failed, system_code(failure), "signal the job"});
}

void Monitor::rename(control::Server::Client client, const std::string& name) {
  const std::string before = keeper_.info.name;
  if (const std::string problem = job_name_problem(name); !problem.empty()) {
    keeper_.control.answer(client, {Kind::failed, make_error_code(Errc::bad_name), problem});
    return;
  }
  try {
    store::add_to_index(keeper_.state, name, keeper_.dir.id);
  } catch (const Error& problem) {
    keeper_.control.answer(client, {Kind::failed, problem.code(), problem.doing()});
    return;
  }
  keeper_.info.name = name;
  save_now();
  if (keeper_.is_owed) {
    keeper_.info.name = before;
    keeper_.control.answer(client, {Kind::failed, system_code(EIO), "write the record"});
    return;
  }
  if (before != name) store::remove_from_index(keeper_.state, before, keeper_.dir.id);
  keeper_.control.answer(client, {Kind::done, {}, {}});
}

void Monitor::restart(control::Server::Client client, const control::Request& request) {
  const char* const doing = "launch its target again";
  if (state_.is_over) {  // then that is for somebody else to do
    keeper_.control.answer(client, {Kind::failed, make_error_code(Errc::monitor_gone), doing});
  } else if (!around_.relaunch) {
    keeper_.control.answer(client, {Kind::failed, make_error_code(Errc::unsupported), around_.why_not});
  } else {
    waiters_.push_back({client, Scope::tree, true});
    apply({Event::Kind::restart, Scope::tree, request.grace});
  }
}

// A failure ends the job: its end is the one that it was brought to.
void Monitor::relaunch() {
  try {
    const Launched launched = around_.relaunch();
    target_ = launched.pid;
    policy_.time_limit = launched.time_limit;
    apply({Event::Kind::relaunched, Scope::tree, {}});
  } catch (const Error& problem) {
    keeper_.info.reason = std::string("restart: ") + problem.what();
    refusal_ = {Kind::failed, problem.code(), problem.doing()};
    refusal_.exit_status = problem.exit_status();
    apply({Event::Kind::not_relaunched, Scope::tree, {}});
  }
}

void Monitor::report(control::Server::Client client) {
  Answer answer{Kind::report, {}, {}, {}};
  answer.report = store::head_object(keeper_.info, keeper_.more_fields);
  keeper_.control.answer(client, answer);
}

void Monitor::apply(const Event& event) {
  const Step next = step(state_, policy_, event, os::steady_now());
  const bool was_ending = state_.phase == Phase::stopping || state_.phase == Phase::killing;
  state_ = next.state;
  if (state_.phase == Phase::stopping && !was_ending) round_.clear();
  auto action = next.actions.begin();
  for (; action != next.actions.end() && *action == Action::record; ++action) record();
  // A foreground job tells its end by its own.
  holds_back_ = holds_back_ || (keeper_.is_owed && state_.is_over && keeper_.place == Place::background);
  // Before anybody learns that it is over: whoever launches the job again then has a control channel of his own there.
  if (is_finished() && keeper_.is_kept) stop_control(keeper_);
  for (; action != next.actions.end(); ++action) perform(*action);
}

void Monitor::perform(Action action) {
  switch (action) {
    case Action::record: record(); break;
    case Action::release: release(); break;
    case Action::send_stop: send_stop(); break;
    case Action::send_kill: send_kill(); break;
    case Action::kill_target:
      if (state_.is_target_alive) (void)os::send_signal_to_pid(target_, SIGKILL);
      break;
    case Action::answer_target: answer(Scope::target_only, {Kind::done, {}, {}}); break;
    case Action::answer_tree: answer(Scope::tree, {Kind::done, {}, {}}); break;
    case Action::answer_refused: answer(Scope::tree, refusal_); break;
    case Action::answer_restart: answer_restart({Kind::done, {}, {}}); break;
    case Action::call_off:
      answer_restart({Kind::failed, make_error_code(Errc::never_reached), "it was told to end meanwhile"});
      break;
    case Action::fail_restart: answer_restart(refusal_); break;
    case Action::relaunch: relaunch(); break;
    case Action::finish: break;
  }
}

void Monitor::record() {
  const bool is_ending = state_.phase == Phase::stopping || state_.phase == Phase::killing;
  JobInfo& info = keeper_.info;
  const JobState state = state_.is_over                       ? JobState::exited
                         : state_.phase == Phase::relaunching ? JobState::restarting
                         : is_ending                          ? JobState::stopping
                                                              : JobState::running;
  const int orphans = state_.phase == Phase::finished ? 0 : info.orphans;
  const bool is_news = info.state != state || info.orphans != orphans || !state_.is_over;
  info.state = state;
  info.orphans = orphans;
  if (is_news) save_now();
}

void Monitor::save_now() {
  const os::SteadyTime now = os::steady_now();
  save(keeper_);
  overdue_.note(keeper_.is_owed, now);
  // Whatever it was written for, the end is on record with it.
  if (!holds_back_ || !overdue_.is_too_late(now)) return;
  holds_back_ = false;
  if (is_finished() && keeper_.is_kept) stop_control(keeper_);
  release();
}

void Monitor::record_again() {
  if (overdue_.is_due(os::steady_now())) save_now();
}

// The guard first: whoever finds the job over, finds that the guard has been told.
void Monitor::release() {
  if (holds_back_) return;
  const bool is_shared = static_cast<bool>(keeper_.guard);
  if (is_shared) tell_guard_of_end(keeper_.guard.get(), keeper_.dir.id);
  keeper_.guard.reset();
  if (keeper_.is_kept)
    keeper_.sentinel.release(keeper_.dir.fd.get(), is_shared);
  else
    keeper_.sentinel.drop();
}

void Monitor::send_stop() {
  const int signal = policy_.stop_signal;
  if (reaches_only_target() || !os::has_proc()) {
    // Without /proc, the group that the target leads is as much of the tree as can be reached, and only while it lives.
    const bool alone = reaches_only_target();
    if (!state_.is_target_alive || (foreground_ && !alone)) return;
    if (!round_.reach(target_, keeper_.info.pid_start_time)) return;
    const auto send = alone ? os::send_signal_to_pid : os::send_signal_to_group;
    (void)send(target_, signal);
    if (signal != SIGCONT) (void)send(target_, SIGCONT);
    return;
  }
  for (int sweep = 0; sweep < 2; ++sweep)
    for (const Member& member : round_.due(tree().members, os::own_pid())) {
      const int failure = stop_member(member, signal);
      // For want of a descriptor, say. Not of a right: that stays so.
      if (failure != 0 && failure != ESRCH && failure != EPERM) round_.miss(member.pid, member.start_time);
    }
}

void Monitor::send_kill() {
  if (reaches_only_target() || !os::has_proc()) {
    refusal_ =
        os::has_proc() || reaches_only_target()
            ? Answer{Kind::failed, system_code(ETIMEDOUT), "end the job: its target is left after SIGKILL"}
            : Answer{Kind::failed, make_error_code(Errc::unsupported),
                     "end the job: without /proc, what its target has left cannot be found"};
    if (!state_.is_target_alive) return;
    const bool alone = reaches_only_target() || foreground_;
    const int result =
        alone ? os::send_signal_to_pid(target_, SIGKILL) : os::send_signal_to_group(target_, SIGKILL);
    if (result == EPERM) {
      refusal_ = {Kind::failed, system_code(EPERM), "signal process " + std::to_string(target_)};
      apply({Event::Kind::refused, Scope::tree, {}});
    }
    return;
  }
  refusal_ = {Kind::failed, system_code(ETIMEDOUT), "end the job: processes are left after SIGKILL"};
  if (around_.walk.enters_monitors) tell_servers(SIGKILL);
  std::vector<pid_t> killed;
  for (int sweep = 0; sweep < most_sweeps; ++sweep)
    if (!kill_members(killed)) break;
}

// One sweep. False if it found nobody new: then there is nothing to do but wait. Whoever slipped by left a parent that has
// ended, and so a SIGCHLD that brings us here again.
bool Monitor::kill_members(std::vector<pid_t>& killed) {
  const std::size_t before = killed.size();
  std::vector<pid_t> refused;
  bool is_in_own_group = false;
  const Tree now = tree();
  for (const Member& member : now.members) {
    const int result = signal_member(member, SIGKILL);
    is_in_own_group = is_in_own_group || member.group == target_;
    if (result == EPERM) refused.push_back(member.pid);
    const bool is_new = std::find(killed.begin(), killed.end(), member.pid) == killed.end();
    if (result == 0 && is_new) killed.push_back(member.pid);
  }
  // Who forks and ends faster than we walk is in the group that the target made, if nothing else: signalled as one, by
  // a kernel that lets nobody in it fork meanwhile. It is not empty, so its number is nobody else's.
  if (!foreground_ && is_in_own_group) (void)os::send_signal_to_group(target_, SIGKILL);
  if (!refused.empty()) {
    refusal_ = {Kind::failed, system_code(EPERM), "signal process " + std::to_string(refused.front())};
    if (killed.empty()) apply({Event::Kind::refused, Scope::tree, {}});
  }
  return killed.size() != before;
}

void Monitor::answer(Scope widest, const Answer& answer) {
  answer_those(
      [widest](const Waiter& waiter) {
        return !waiter.wants_restart && (widest == Scope::tree || waiter.scope == widest);
      },
      answer);
}

void Monitor::answer_restart(const Answer& answer) {
  answer_those([](const Waiter& waiter) { return waiter.wants_restart; }, answer);
}

template <class Concerned>
void Monitor::answer_those(Concerned concerned, const Answer& answer) {
  for (const Waiter& waiter : waiters_)
    if (concerned(waiter)) keeper_.control.answer(waiter.client, answer);
  std::erase_if(waiters_, concerned);
}

}  // namespace brood::monitor
