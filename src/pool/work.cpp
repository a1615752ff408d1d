// SPDX-License-Identifier: MIT
#include "pool/work.hpp"

#include <vector>

#include "brood/target.hpp"
#include "os/block.hpp"
#include "os/fd.hpp"
#include "os/process.hpp"
#include "pool/message.hpp"
#include "process/exit.hpp"
#include "process/life.hpp"

namespace brood::pool {
namespace {

Report outcome_of(const detail::Function& function, std::string_view call) {
  try {
    if (!function.evaluate) return {Report::Kind::exception, 0, "its result cannot be handed over"};
    return {Report::Kind::result, 0, {}, function.evaluate(call_from(call))};
  } catch (...) {
    return {Report::Kind::exception, 0, process::current_exception_text()};
  }
}

void report(const os::Fd& channel, const Report& what) { os::send_block(channel.get(), to_bytes(what)); }

// Its output is not to wait in a buffer for the next task, or for a signal to lose it.
void do_task(const os::Fd& channel, const Task& task) {
  const detail::Function& function = detail::find_target(task.function);
  const pid_t worker = os::own_pid();
  for (const std::string& call : task.calls) {
    Report outcome = outcome_of(function, call);
    outcome.task = task.number;
    process::flush_streams();
    // A fork that the function has made, and that came back from it, is nobody who could answer.
    if (os::own_pid() != worker) os::exit_now(0);
    report(channel, outcome);
  }
}

void initialize(const os::Fd& channel, const std::string& initializer, const Value::Array& init_args) {
  try {
    if (!initializer.empty()) (void)detail::find_target(initializer).run({init_args, {}});
  } catch (...) {
    report(channel, {Report::Kind::init_failed, 0, process::current_exception_text()});
    throw;
  }
}

}  // namespace

int work(int number, const std::string& initializer, const Value::Array& init_args) {
  os::Fd inherited(number);
  const os::Fd channel = os::duplicate(inherited.get());
  inherited.reset();  // what the functions execute is not to have it
  const pid_t worker = os::own_pid();
  initialize(channel, initializer, init_args);
  if (os::own_pid() != worker) return 0;
  report(channel, {Report::Kind::ready});
  std::vector<os::Fd> none;
  while (const auto task = os::receive_block(channel.get(), none)) do_task(channel, task_from(*task));
  return 0;
}

}  // namespace brood::pool

BROOD_TARGET(brood::pool::work);
