// SPDX-License-Identifier: MIT
#include "process/session_tree.hpp"

#include <algorithm>
#include <csignal>
#include <optional>

#include "os/poll.hpp"
#include "os/proc.hpp"
#include "os/process.hpp"

namespace brood::process {
namespace {

bool has(const std::vector<Member>& members, const Member& one) {
  return std::any_of(members.begin(), members.end(), [&](const Member& other) {
    return other.pid == one.pid && other.start_time == one.start_time;
  });
}

void add(std::vector<Member>& members, const os::ProcessStat& stat) {
  const Member one{stat.pid, stat.start_time};
  if (os::is_running(stat) && !has(members, one)) members.push_back(one);
}

// A pidfd of this very process, and no later one.
std::optional<os::Fd> open_member(const Member& member) {
  auto pidfd = os::open_pidfd(member.pid);
  const auto stat = os::process_stat(member.pid);
  if (!pidfd || !stat || stat->start_time != member.start_time || !os::is_running(*stat)) return std::nullopt;
  return pidfd;
}

// Adds to `members` who descends from them, or is in the leader's session.
void grow(std::vector<Member>& members, pid_t leader) {
  for (const pid_t pid : os::processes())
    if (const auto stat = os::process_stat(pid); stat && stat->session == leader && pid != leader)
      add(members, *stat);
  std::vector<pid_t> roots{leader};
  for (const Member& member : members) roots.push_back(member.pid);
  for (std::size_t i = 0; i < roots.size(); ++i)
    for (const pid_t pid : os::children_of(roots[i]))
      if (const auto stat = os::process_stat(pid);
          stat && std::find(roots.begin(), roots.end(), pid) == roots.end()) {
        roots.push_back(pid);
        add(members, *stat);
      }
}

}  // namespace

std::vector<Member> tree_of(pid_t leader) {
  std::vector<Member> members;
  grow(members, leader);
  return members;
}

void signal_member(const Member& member, int signal) noexcept {
  try {
    if (const auto pidfd = open_member(member)) (void)os::send_signal(pidfd->get(), signal);
  } catch (...) {
  }
}

int signal_tree(pid_t leader, int leader_pidfd, int signal) {
  std::vector<Member> members = tree_of(leader);
  const int result = os::send_signal(leader_pidfd, signal);
  for (std::size_t told = 0; told < members.size();) {
    for (; told < members.size(); ++told) signal_member(members[told], signal);
    // One that has SIGKILL pending makes no more children: when nobody new is there, nobody will come.
    if (signal == SIGKILL) grow(members, leader);
  }
  return result;
}

bool are_gone(const std::vector<Member>& members, const os::Deadline& deadline) {
  for (const Member& member : members) {
    const auto pidfd = open_member(member);
    if (pidfd && !os::await_ready(pidfd->get(), deadline)) return false;
  }
  return true;
}

}  // namespace brood::process
