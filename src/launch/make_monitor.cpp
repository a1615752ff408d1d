// SPDX-License-Identifier: MIT
#include "launch/make_monitor.hpp"

#include <cstring>
#include <string>
#include <vector>

#include "brood/error.hpp"
#include "brood/text.hpp"
#include "launch/child/run_child.hpp"
#include "launch/plan.hpp"
#include "os/process.hpp"
#include "os/signals.hpp"
#include "os/socket.hpp"

namespace brood::launch {
namespace {

// argv[0] and argv[1] of a spawned process; what no user would type by accident.
constexpr const char* monitor_name = "brood-monitor";
constexpr const char* server_name = "brood-server";
constexpr const char* channel_prefix = "--channel=";

MonitorProcess spawn(const char* part, char* const* environment) {
  auto [mine, theirs] = os::socket_pair();
  std::string channel = channel_prefix + std::to_string(theirs.get());
  std::string name = part;
  char* argv[] = {name.data(), channel.data(), nullptr};
  char* shell_argv[] = {name.data(), nullptr, nullptr};
  const std::vector<const char*> paths = os::own_image_paths();
  const int keep[] = {theirs.get()};
  const os::SignalBlock block;

  Plan plan;
  plan.argv = argv;
  plan.envp = environment;
  plan.shell_argv = shell_argv;
  plan.candidates = paths.data();
  plan.candidate_count = paths.size();
  plan.keep = keep;
  plan.keep_count = 1;
  plan.close_others = true;
  plan.new_session = true;
  plan.reset_signals = true;
  sigemptyset(&plan.mask);
  const pid_t pid = os::fork_sharing_memory(child::run_child, &plan);
  if (plan.fault.number != 0) {
    os::wait_for_end(pid);
    throw Error(std::error_code(plan.fault.number, std::system_category()), "execute brood itself");
  }
  return {pid, std::move(mine)};
}

}  // namespace

MonitorProcess fork_monitor(MonitorMain main, CommandLine line) {
  auto [mine, theirs] = os::socket_pair();
  const pid_t pid = os::fork_process();
  if (pid == 0) {
    mine.reset();
    os::start_session();
    os::overwrite_command_line(line.argc, line.argv, monitor_name);
    os::exit_now(main(std::move(theirs)));
  }
  return {pid, std::move(mine)};
}

MonitorProcess spawn_monitor() { return spawn(monitor_name, os::environment()); }

MonitorProcess spawn_server() {
  char* const nothing[] = {nullptr};
  return spawn(server_name, nothing);
}

Spawned spawned(int argc, char** argv) {
  if (argc != 2) return {};
  const Part part = std::strcmp(argv[0], monitor_name) == 0  ? Part::monitor
                    : std::strcmp(argv[0], server_name) == 0 ? Part::server
                                                             : Part::none;
  const std::size_t length = std::strlen(channel_prefix);
  if (part == Part::none || std::strncmp(argv[1], channel_prefix, length) != 0) return {};
  const auto number = parse_integer(argv[1] + length, 3, 1 << 30);
  if (!number || !os::is_open(static_cast<int>(*number))) return {};
  const os::Fd inherited(static_cast<int>(*number));
  return {part, os::duplicate(inherited.get())};  // the same, close-on-exec
}

}  // namespace brood::launch
