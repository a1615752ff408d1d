// SPDX-License-Identifier: MIT
#include <algorithm>
#include <csignal>
#include <iterator>

#include "launch/environment.hpp"
#include "launch/start_target.hpp"
#include "os/process.hpp"
#include "os/signals.hpp"
#include "process/lasting_thread.hpp"
#include "process/start.hpp"

namespace brood::process {

std::vector<std::string> environment_for(const ProcessOptions& options) {
  const Environment& change = options.environment;
  return launch::changed_environment(os::environment(), {change.clear, change.unset, change.set});
}

Born execute(const Order& order, const std::vector<std::string>& argv, const Execution& execution) {
  const std::vector<std::string> environment = environment_for(order.options);
  launch::Target target;
  for (const auto& word : argv) target.argv.push_back(word.c_str());
  for (const auto& entry : environment) target.env.push_back(entry.c_str());
  target.programs = execution.programs;
  target.cwd = order.options.cwd;
  std::copy(std::begin(order.streams.fds), std::end(order.streams.fds), target.streams);
  target.keep_fds = order.pass_fds;
  target.keep_fds.insert(target.keep_fds.end(), execution.keep_fds.begin(), execution.keep_fds.end());
  std::sort(target.keep_fds.begin(), target.keep_fds.end());
  target.close_others = execution.close_others;
  target.new_session = order.birth.new_session;
  target.death_signal = order.birth.death_signal;
  if (execution.block_signals)
    sigfillset(&target.mask);
  else
    sigemptyset(&target.mask);

  Born born;
  const auto make = [&] {
    const os::SignalBlock block;
    born.pid = launch::start_target(target, &born.pidfd);
  };
  if (target.death_signal != 0)
    on_lasting_thread(make);
  else
    make();
  return born;
}

Born start_command(const Order& order, const std::vector<std::string>& argv) {
  Execution execution;
  execution.close_others = order.method != StartMethod::fork;
  return execute(order, argv, execution);
}

}  // namespace brood::process
