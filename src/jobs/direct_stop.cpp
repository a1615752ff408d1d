// SPDX-License-Identifier: MIT
#include "jobs/direct_stop.hpp"

#include <cerrno>
#include <csignal>

#include "jobs/liveness.hpp"
#include "monitor/tree.hpp"
#include "os/clock.hpp"
#include "os/poll.hpp"
#include "os/proc.hpp"
#include "os/process.hpp"

namespace brood::jobs {
namespace {

using monitor::Member;
using namespace std::chrono_literals;

constexpr auto kill_patience = 5s;

// The tree as far as it can be proved: the target, by its start time, and what is below it; and what is below its
// monitor, if the target's parent still is that monitor (it is stopped, then).
std::vector<Member> tree_of(const JobInfo& info, Scope scope) {
  if (!is_target_proved(info)) return {};
  const auto stat = os::process_stat(*info.pid);
  if (!stat) return {};
  const Member target{*info.pid, stat->parent, info.pid_start_time, stat->group};
  if (scope == Scope::target_only) return {target};
  if (stat->parent == info.monitor_pid && monitor::is_monitor(info.monitor_pid))
    return monitor::tree_below(info.monitor_pid).members;
  auto members = monitor::tree_below(target.pid).members;
  members.insert(members.begin(), target);
  return members;
}

[[noreturn]] void refuse(int number, pid_t pid, const std::string& doing) {
  throw Error(std::error_code(number, std::system_category()),
              doing + ": signal process " + std::to_string(pid));
}

// Waits until every member has ended or the deadline passes.
bool all_gone(const std::vector<Member>& members, const os::Deadline& deadline) {
  for (const Member& member : members) {
    const auto pidfd = os::open_pidfd(member.pid);
    const auto stat = os::process_stat(member.pid);
    if (!pidfd || !stat || stat->start_time != member.start_time || !os::is_running(*stat)) continue;
    if (!os::await_ready(pidfd->get(), deadline)) return false;
  }
  return true;
}

// When the target has gone, what is left of its tree has other parents: so everybody who was ever seen is remembered.
void remember(std::vector<Member>& known, const std::vector<Member>& members) {
  for (const Member& member : members) {
    bool is_known = false;
    for (const Member& old : known)
      is_known = is_known || (old.pid == member.pid && old.start_time == member.start_time);
    if (!is_known) known.push_back(member);
  }
}

// Without /proc the target can be proved, but nothing that is below it can be seen.
void need_target_only(const control::Request& request, const std::string& doing) {
  if (request.scope == Scope::target_only) return;
  throw Error(Errc::unsupported,
              doing + ": its keepers were killed, and without /proc its tree cannot be seen",
              "--target-only reaches its target");
}

// First the descriptor, then the proof that it means the target. Empty if it has ended.
std::optional<os::Fd> hold_target(const JobInfo& info) {
  auto pidfd = info.pid ? os::open_pidfd(*info.pid) : std::nullopt;
  return is_target_proved(info) ? std::move(pidfd) : std::nullopt;
}

void signal_target(const os::Fd& pidfd, int signal, const JobInfo& info, const std::string& doing) {
  if (const int result = os::send_signal(pidfd.get(), signal); result != 0 && result != ESRCH)
    refuse(result, *info.pid, doing);
}

void signal_unseen(const JobInfo& info, const control::Request& request, const std::string& doing) {
  need_target_only(request, doing);
  const auto target = hold_target(info);
  if (!target) throw Error(Errc::monitor_gone, doing);
  signal_target(*target, request.signal, info, doing);
}

void stop_unseen(const JobInfo& info, const control::Request& request, const std::string& doing) {
  need_target_only(request, doing);
  const auto target = hold_target(info);
  if (!target) return;
  if (request.kind == control::Kind::stop) {
    signal_target(*target, request.signal, info, doing);
    signal_target(*target, SIGCONT, info, doing);
    if (os::await_ready(target->get(), os::later(os::steady_now(), request.grace.value_or(0s)))) return;
  }
  signal_target(*target, SIGKILL, info, doing);
  if (!os::await_ready(target->get(), os::steady_now() + kill_patience))
    throw Error(std::error_code(ETIMEDOUT, std::system_category()), doing);
}

}  // namespace

bool wake_monitor(const JobInfo& info) {
  if (!info.pid || info.monitor_pid <= 1 || !os::is_here(info.boot_id, info.pid_namespace)) return false;
  // The parent of the proved target is its monitor, also when that is a `run` in somebody's foreground.
  const auto pidfd = os::open_pidfd(info.monitor_pid);
  const auto stat = os::process_stat(*info.pid);
  // A target that has ended stays a zombie until its monitor has put that on record.
  const bool is_target = stat && stat->start_time == info.pid_start_time;
  if (!pidfd || !is_target || stat->parent != info.monitor_pid || !os::runs_own_image(info.monitor_pid))
    return false;
  return os::send_signal(pidfd->get(), SIGCONT) == 0;
}

void stop_directly(const JobInfo& info, const control::Request& request, const std::string& doing) {
  if (!os::has_proc()) return stop_unseen(info, request, doing);
  std::vector<Member> known = tree_of(info, request.scope);
  if (request.kind == control::Kind::stop) {
    for (const Member& member : known) (void)monitor::stop_member(member, request.signal);
    const os::SteadyTime deadline = os::later(os::steady_now(), request.grace.value_or(0s));
    const std::vector<Member> told = known;
    if (all_gone(told, deadline)) return;
  }
  const os::SteadyTime give_up = os::steady_now() + kill_patience;
  for (;;) {
    remember(known, tree_of(info, request.scope));
    for (const Member& member : known)
      if (const int result = monitor::signal_member(member, SIGKILL); result != 0 && result != ESRCH)
        refuse(result, member.pid, doing);
    const std::vector<Member> more = tree_of(info, request.scope);
    if (!all_gone(known, give_up)) throw Error(std::error_code(ETIMEDOUT, std::system_category()), doing);
    const std::size_t before = known.size();
    remember(known, more);
    if (known.size() == before) return;
  }
}

void signal_directly(const JobInfo& info, const control::Request& request, const std::string& doing) {
  if (!os::has_proc()) return signal_unseen(info, request, doing);
  const auto members = tree_of(info, request.scope);
  if (members.empty()) throw Error(Errc::monitor_gone, doing);
  for (const Member& member : members)
    if (const int result = monitor::signal_member(member, request.signal); result != 0 && result != ESRCH)
      refuse(result, member.pid, doing);
}

}  // namespace brood::jobs
