// SPDX-License-Identifier: MIT
#include "monitor/tree.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "brood/error.hpp"
#include "monitor/names.hpp"
#include "os/proc.hpp"
#include "os/process.hpp"

namespace brood::monitor {

namespace {

bool is_keeper(const os::ProcessStat& stat) {
  const bool has_name =
      stat.command == monitor_name || stat.command == guard_name || stat.command == server_name;
  return has_name && os::runs_own_image(stat.pid);
}

// What a target was given, it has handed down, unless somebody took pains to prevent it. The session is the second sign.
bool bears(const JobMark& mark, const os::ProcessStat& stat) {
  if (stat.pid == mark.target || stat.session == mark.target) return true;
  return os::first_environment_value(stat.pid, "BROOD_JOB") == std::to_string(mark.id) &&
         os::first_environment_value(stat.pid, "BROOD_STATE_DIR") == mark.state_path;
}

}  // namespace

bool is_monitor(pid_t pid) {
  const auto stat = os::process_stat(pid);
  return stat && stat->command == monitor_name && os::runs_own_image(pid);
}

bool is_keeper(pid_t pid) {
  const auto stat = os::process_stat(pid);
  return stat && is_keeper(*stat);
}

Tree tree_below(pid_t root, const Walk& walk) {
  Tree tree;
  tree.is_settled = os::has_proc();
  const auto direct = os::children_of(root);
  std::vector<pid_t> to_visit(direct.rbegin(), direct.rend());
  std::size_t direct_left = direct.size();  // the root's own children are at the bottom of the stack
  while (!to_visit.empty()) {
    const pid_t pid = to_visit.back();
    to_visit.pop_back();
    const bool is_direct = to_visit.size() < direct_left;
    if (is_direct) --direct_left;
    if (std::find(walk.foreign.begin(), walk.foreign.end(), pid) != walk.foreign.end()) continue;
    const auto stat = os::process_stat(pid);
    const bool is_alive = stat && os::is_running(*stat);
    if (is_direct && !is_alive) tree.is_settled = false;
    if (!stat) continue;
    const bool keeps = is_keeper(*stat);
    if (keeps && !walk.enters_monitors) continue;
    if (is_direct && walk.only && !bears(*walk.only, *stat)) {
      if (stat->is_ending)
        tree.is_settled = false;  // whose it is cannot be told any more, but it is gone soon
      continue;
    }
    // A monitor leaves by itself when its own tree has gone. A server may stay, unless its jobs are to be ended, too:
    // then it is what tells us of their monitors' ends.
    const bool is_server = keeps && stat->command == server_name;
    if (keeps && is_alive && (!is_server || walk.enters_monitors)) tree.is_settled = false;
    const Member member{pid, stat->parent, stat->start_time, stat->group};
    if (is_alive && !keeps) tree.members.push_back(member);
    if (is_alive && is_server) tree.servers.push_back(member);
    const auto children = os::children_of(*stat);
    to_visit.insert(to_visit.end(), children.begin(), children.end());
  }
  return tree;
}

namespace {

// First a descriptor that means one process for good, then the proof that it is the right one.
template <class Send>
int reach(const Member& member, Send send) {
  try {
    const auto pidfd = os::open_pidfd(member.pid);
    if (!pidfd) return ESRCH;
    const std::uint64_t start_time = os::start_time_of(member.pid);
    if (start_time == 0) return EIO;  // it cannot be proved now, for whatever reason
    if (start_time != member.start_time) return ESRCH;
    return send(pidfd->get());
  } catch (const Error& problem) {
    return problem.code().value();
  }
}

}  // namespace

int signal_member(const Member& member, int signal) {
  return reach(member, [signal](int pidfd) { return os::send_signal(pidfd, signal); });
}

int stop_member(const Member& member, int signal) {
  return reach(member, [signal](int pidfd) {
    const int failure = os::send_signal(pidfd, signal);
    if (signal != SIGCONT) (void)os::send_signal(pidfd, SIGCONT);
    return failure;
  });
}

std::vector<Member> StopRound::due(const std::vector<Member>& members, pid_t keeper) {
  std::vector<Member> now;
  for (const Member& member : members)
    if ((!swept_ || member.parent == keeper) && reach(member.pid, member.start_time)) now.push_back(member);
  swept_ = true;
  return now;
}

}  // namespace brood::monitor
