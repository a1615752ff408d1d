// SPDX-License-Identifier: MIT
#include "monitor/tree.hpp"

#include <cerrno>

#include "brood/error.hpp"
#include "monitor/names.hpp"
#include "os/proc.hpp"
#include "os/process.hpp"

namespace brood::monitor {

bool is_monitor(pid_t pid) {
  const auto stat = os::process_stat(pid);
  return stat && stat->command == monitor_name && os::runs_own_image(pid);
}

std::vector<Member> descendants(pid_t root, const std::function<bool(pid_t)>& skip) {
  std::vector<Member> members;
  std::vector<pid_t> to_visit = os::children_of(root);
  while (!to_visit.empty()) {
    const pid_t pid = to_visit.back();
    to_visit.pop_back();
    const auto stat = os::process_stat(pid);
    if (!stat || (skip && skip(pid)) || (stat->command == monitor_name && os::runs_own_image(pid))) continue;
    if (os::is_running(*stat)) members.push_back({pid, stat->parent, stat->start_time});
    const auto children = os::children_of(pid);
    to_visit.insert(to_visit.end(), children.begin(), children.end());
  }
  return members;
}

int signal_member(const Member& member, int signal) {
  try {
    // First a descriptor that means one process for good, then the proof that it is the right one.
    const auto pidfd = os::open_pidfd(member.pid);
    if (!pidfd || os::start_time_of(member.pid) != member.start_time) return ESRCH;
    return os::send_signal(pidfd->get(), signal);
  } catch (const Error& problem) {
    return problem.code().value();
  }
}

std::vector<Member> StopRound::due(const std::vector<Member>& members, pid_t keeper) {
  std::vector<Member> now;
  for (const Member& member : members)
    if ((!swept_ || member.parent == keeper) && reach(member.pid, member.start_time)) now.push_back(member);
  swept_ = true;
  return now;
}

}  // namespace brood::monitor
