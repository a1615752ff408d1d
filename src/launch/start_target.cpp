// SPDX-License-Identifier: MIT
#include "launch/start_target.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/during.hpp"
#include "brood/error.hpp"
#include "brood/text.hpp"
#include "launch/child/run_child.hpp"
#include "launch/path_search.hpp"
#include "os/child.hpp"
#include "os/clock.hpp"
#include "os/limit_names.hpp"
#include "os/process.hpp"
#include "os/signals.hpp"
#include "os/watch.hpp"

namespace brood::launch {
namespace {

// The null-terminated arrays that a Plan points to, and the strings that a search of PATH makes.
struct Prepared {
  std::vector<char*> argv, envp, shell_argv;
  std::vector<std::string> paths;
  std::vector<const char*> candidates;
  Plan plan;
};

std::vector<char*> terminated(const std::vector<const char*>& strings) {
  std::vector<char*> array;
  array.reserve(strings.size() + 1);
  for (const char* text : strings) array.push_back(const_cast<char*>(text));
  array.push_back(nullptr);
  return array;
}

const char* path_of(const std::vector<const char*>& env) {
  for (const char* entry : env)
    if (std::strncmp(entry, "PATH=", 5) == 0) return entry + 5;
  return nullptr;
}

void prepare(const Target& target, Prepared& made) {
  made.argv = terminated(target.argv);
  made.envp = terminated(target.env);
  made.shell_argv = terminated(target.argv);
  made.shell_argv.insert(made.shell_argv.begin(), const_cast<char*>("sh"));
  made.paths.assign(target.programs.begin(), target.programs.end());
  if (made.paths.empty()) made.paths = candidate_paths(target.argv.front(), path_of(target.env));
  for (const auto& path : made.paths) made.candidates.push_back(path.c_str());

  Plan& plan = made.plan;
  plan.argv = made.argv.data();
  plan.envp = made.envp.data();
  plan.shell_argv = made.shell_argv.data();
  plan.candidates = made.candidates.data();
  plan.candidate_count = made.candidates.size();
  std::memcpy(plan.streams, target.streams, sizeof plan.streams);
  plan.keep = target.keep_fds.data();
  plan.keep_count = target.keep_fds.size();
  plan.close_others = target.close_others;
  plan.new_session = target.new_session;
  plan.death_signal = target.death_signal;
  if (target.death_signal != 0) plan.parent = os::own_pid();
  plan.reset_signals = target.reset_signals;
  plan.ignore_sigchld = target.ignore_sigchld;
  plan.default_sigxfsz = os::is_file_size_signal_changed();
  plan.mask = target.mask;
  plan.cwd = target.cwd.empty() ? nullptr : target.cwd.c_str();
  plan.set_umask = target.umask.has_value();
  plan.umask = target.umask.value_or(0);
  plan.nice = target.nice;
  plan.limits = target.limits.data();
  plan.limit_count = target.limits.size();
}

// We go on when the child has left our memory, which is before it can be reaped.
pid_t attempt(Plan& plan, os::Fd* pidfd) {
  plan.fault = {};
  const pid_t pid = during("execute '" + printable(plan.argv[0]) + "'",
                           [&] { return os::fork_sharing_memory(child::run_child, &plan, pidfd); });
  if (plan.fault.number == 0) return pid;
  // Where somebody else may have reaped it, its number may be another child's by now.
  if (pidfd)
    os::reap_at_end(pidfd->get());
  else
    os::wait_for_end(pid);
  return 0;
}

// ETXTBSY: somebody has the program open for writing, most often the installer that has just written it.
pid_t attempt_when_written(Prepared& made, os::Fd* pidfd) {
  using namespace std::chrono_literals;
  const os::SteadyTime give_up = os::steady_now() + 1s;
  os::Watch watch;
  (void)watch.add_close(made.paths[made.plan.fault.candidate]);
  for (;;) {
    // Tried after the watch was set, so a close in between cannot be missed.
    if (const pid_t pid = attempt(made.plan, pidfd)) return pid;
    if (made.plan.fault.number != ETXTBSY || os::steady_now() >= give_up) return 0;
    watch.wait(std::min(give_up, os::steady_now() + 50ms));
  }
}

[[noreturn]] void throw_fault(const Target& target, const Prepared& made) {
  const Fault& fault = made.plan.fault;
  const std::error_code code(fault.number, std::system_category());
  const std::string program = printable(target.argv.front());
  const std::string path = made.paths.empty() ? program : printable(made.paths[fault.candidate]);
  switch (fault.stage) {
    case Stage::streams: throw Error(code, "set up the streams of '" + program + "'");
    case Stage::limits:
      throw Error(code, "set limit '" + std::string(os::limit_name(target.limits[fault.candidate].resource)) +
                            "' for '" + program + "'");
    case Stage::nice: throw Error(code, "set the nice value of '" + program + "'");
    case Stage::directory: throw Error(code, "change to directory '" + printable(target.cwd) + "'");
    case Stage::interpreter:
      throw Error(code, "execute '" + path + "': its interpreter").with_exit_status(126);
    case Stage::execute: break;
  }
  const bool missing = fault.number == ENOENT || fault.number == ENOTDIR;
  const bool searched = missing && target.argv.front()[0] != '\0' && !std::strchr(target.argv.front(), '/');
  if (searched) throw Error(code, "execute '" + program + "': not found in PATH").with_exit_status(127);
  throw Error(code, "execute '" + path + "'").with_exit_status(missing ? 127 : 126);
}

}  // namespace

pid_t start_target(const Target& target, os::Fd* pidfd) {
  Prepared made;
  prepare(target, made);
  pid_t pid = attempt(made.plan, pidfd);
  if (!pid && made.plan.fault.number == ETXTBSY) pid = attempt_when_written(made, pidfd);
  if (!pid) throw_fault(target, made);
  return pid;
}

}  // namespace brood::launch
