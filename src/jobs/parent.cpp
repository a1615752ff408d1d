// SPDX-License-Identifier: MIT
#include "jobs/parent.hpp"

#include <cerrno>

#include "brood/text.hpp"
#include "jobs/inside.hpp"
#include "os/poll.hpp"
#include "os/proc.hpp"
#include "os/process.hpp"

namespace brood::jobs {
namespace {

constexpr const char* hint = "--parent names another process or job, --no-daemon needs none";

[[noreturn]] void gone(const std::string& who) {
  throw Error(Errc::parent_gone, "tie the job to " + who, hint);
}

Parent process(pid_t pid) { return {{}, pid, os::start_time_of(pid)}; }

Parent job(const JobInfo& info) { return {info.id, info.pid.value_or(0), info.pid_start_time}; }

// Our parent, or whoever has taken us in since it ended. A parent has its children in its own session, unless they left
// it themselves; who takes in orphans is nearly always in another one.
bool is_adopted(pid_t parent) {
  const pid_t session = os::session_of(0);
  return session != os::own_pid() && session != os::session_of(parent);
}

os::Fd watch_caller(pid_t pid) {
  auto pidfd = os::open_pidfd(pid);
  // As long as it is our parent, its number is its own: so this is its descriptor, if it still is.
  if (!pidfd || os::parent_pid() != pid || is_adopted(pid)) gone("the process that asked for it");
  return std::move(*pidfd);
}

os::Fd watch(const Parent& parent) {
  const std::string who =
      parent.job ? "job " + std::to_string(*parent.job) : "process " + std::to_string(parent.pid);
  if (parent.pid <= 0) gone(who);
  auto pidfd = os::open_pidfd(parent.pid);
  if (!pidfd || os::start_time_of(parent.pid) != parent.start_time || os::is_ready(pidfd->get())) gone(who);
  return std::move(*pidfd);
}

pid_t pid_from(const std::string& digits) {
  const auto pid = parse_integer(digits, 1, 1 << 30);
  if (!pid)
    throw Error(Errc::bad_value, "find parent '" + printable(digits) + "': not the number of a process");
  const auto number = static_cast<pid_t>(*pid);
  if (!os::open_pidfd(number))
    throw Error(std::error_code(ESRCH, std::system_category()), "find parent " + std::to_string(number));
  return number;
}

struct Named {
  Parent parent;
  std::optional<JobInfo> job;
};

Named named_parent(Registry& registry, const std::string& reference, bool is_tied) {
  if (is_digits(reference)) return {process(pid_from(reference)), {}};
  if (reference.compare(0, 4, "pid:") == 0) return {process(pid_from(reference.substr(4))), {}};
  const bool is_id = reference.compare(0, 4, "job:") == 0;
  JobInfo info = registry.find(is_id ? reference.substr(4) : reference).front();
  const std::string what = "tie the job to job " + std::to_string(info.id);
  if (is_tied && info.state == JobState::created) throw Error(Errc::not_started, what);
  if (is_tied && info.pid_namespace != os::pid_namespace())
    throw Error(Errc::unsupported, what + ": it is in another pid namespace");
  return {job(info), std::move(info)};
}

}  // namespace

std::optional<JobInfo> outer_job(Registry& registry) {
  const auto id = surrounding_job(registry.path());
  if (!id) return std::nullopt;
  try {
    JobInfo info = registry.info(*id);
    if (info.state == JobState::damaged) return std::nullopt;
    return info;
  } catch (const Error& problem) {
    if (problem.code() == Errc::no_such_job) return std::nullopt;
    throw;
  }
}

void refuse_in_daemon(const std::optional<JobInfo>& outer, const std::string& doing) {
  // Over it may be, and yet what it has left behind is as daemonic.
  if (!outer || !outer->daemon || !(is_live(outer->state) || outer->orphans > 0)) return;
  throw Error(Errc::daemonic_child, doing + " inside job " + std::to_string(outer->id));
}

Parentage parentage_of(Registry& registry, const std::optional<JobInfo>& outer, const JobSpec& spec,
                       bool is_launched) {
  Parentage result;
  result.daemon = spec.daemon.value_or(outer && outer->daemon);
  const bool is_tied = result.daemon && is_launched;
  if (!spec.parent.empty()) {
    const Named named = named_parent(registry, spec.parent, is_tied);
    result.parent = named.parent;
    if (named.job) result.identity = named.job->identity;
    if (is_tied) result.pidfd = watch(result.parent);
  } else if (outer) {
    result.parent = job(*outer);
    result.identity = outer->identity;
    if (is_tied) result.pidfd = watch(result.parent);
  } else {
    result.parent = process(os::parent_pid());
    if (is_tied) result.pidfd = watch_caller(result.parent.pid);
  }
  return result;
}

Parentage recorded_parentage(const JobInfo& info) {
  Parentage result;
  result.parent = info.parent;
  result.daemon = info.daemon;
  if (info.daemon) result.pidfd = watch(info.parent);
  return result;
}

}  // namespace brood::jobs
