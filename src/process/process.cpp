// SPDX-License-Identifier: MIT
#include "brood/process.hpp"

#include <csignal>
#include <typeinfo>

#include "os/clock.hpp"
#include "os/process.hpp"
#include "process/child.hpp"
#include "process/self.hpp"

namespace brood {

std::string_view to_string(ProcessState state) noexcept {
  switch (state) {
    case ProcessState::initial: return "initial";
    case ProcessState::started: return "started";
    case ProcessState::stopped: return "stopped";
    case ProcessState::closed: return "closed";
    case ProcessState::unknown: return "unknown";
  }
  return "?";
}

Process::Process(ProcessOptions options) : child_(std::make_shared<process::Child>(std::move(options))) {}

Process::Process(std::shared_ptr<process::Child> child) noexcept
    : child_(std::move(child)), is_owner_(false) {}

Process::Process(Process&& other) noexcept
    : child_(std::move(other.child_)), is_owner_(std::exchange(other.is_owner_, false)) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this == &other) return *this;
  let_go();
  child_ = std::move(other.child_);
  is_owner_ = std::exchange(other.is_owner_, false);
  return *this;
}

Process::~Process() { let_go(); }

// Nothing can be thrown from here; what cannot be waited for any more stays among the children of the program.
void Process::let_go() noexcept {
  if (!child_ || !is_owner_ || child_->parent() != os::own_pid()) return;
  try {
    if (child_->state() != ProcessState::started) return;
    switch (child_->on_destroy()) {
      case OnDestroy::detach: return;
      case OnDestroy::terminate: (void)child_->terminate(child_->grace()); return;
      case OnDestroy::join: (void)child_->await_end({}); return;
    }
  } catch (...) {
  }
}

process::Child& Process::child() const {
  if (!child_) throw Error(Errc::closed, "use a process that has been moved away");
  return *child_;
}

int Process::run() { return child().run_target(); }

void Process::start() {
  child().start({[this] { return run(); }, typeid(*this) != typeid(Process)});
}

std::optional<int> Process::join() {
  (void)child().await_end({});
  return exitcode();
}

bool Process::join_within(Timeout timeout) { return child().await_end(os::deadline_after(timeout)); }
bool Process::join_until(std::chrono::steady_clock::time_point deadline) {
  return child().await_end(deadline);
}

bool Process::is_alive() { return child().is_alive(); }
std::optional<ExitStatus> Process::exit_status() { return child().exit_status(); }
bool Process::exit_unknown() { return child().exit_unknown(); }
ProcessState Process::state() { return child().state(); }

std::optional<int> Process::exitcode() {
  const auto status = child().exit_status();
  if (!status) return std::nullopt;
  return status->exitcode();
}

std::string Process::name() const { return child().name(); }
void Process::set_name(std::string_view name) { child().set_name(name); }
bool Process::daemon() const { return child().daemon(); }
void Process::set_daemon(bool daemon) { child().set_daemon(daemon); }
std::optional<pid_t> Process::pid() const { return child().pid(); }
pid_t Process::parent() const { return child().parent(); }
std::vector<int> Process::identity() const { return child().identity(); }
StartMethod Process::start_method() const { return child().start_method(); }
ProcessKey Process::authkey() const { return child().authkey(); }
void Process::set_authkey(const ProcessKey& key) { child().set_authkey(key); }

int Process::sentinel() const { return child().sentinel(); }
int Process::input() const { return child().pipe_end(0); }
int Process::output() const { return child().pipe_end(1); }
int Process::error_output() const { return child().pipe_end(2); }
void Process::close_input() { child().close_input(); }

bool Process::terminate() { return child().signal(SIGTERM); }
bool Process::terminate(std::chrono::milliseconds grace) { return child().terminate(grace); }
bool Process::kill() { return child().signal(SIGKILL); }
bool Process::interrupt() { return child().signal(SIGINT); }
bool Process::signal(int number) { return child().signal(number); }
void Process::close() { child().close(); }
std::string Process::to_string() { return child().description(); }

std::vector<Process> active_children() {
  process::reap_ended();
  std::vector<Process> handles;
  for (auto& child : process::children_now()) handles.push_back(Process(std::move(child)));
  return handles;
}

}  // namespace brood
