// SPDX-License-Identifier: MIT
#include "process/child.hpp"

#include <algorithm>
#include <csignal>
#include <new>
#include <utility>

#include "brood/context.hpp"
#include "brood/text.hpp"
#include "launch/environment.hpp"
#include "os/child.hpp"
#include "os/poll.hpp"
#include "os/process.hpp"
#include "process/descriptors.hpp"
#include "process/exit.hpp"
#include "process/self.hpp"
#include "process/server_client.hpp"
#include "process/session_tree.hpp"
#include "process/start.hpp"

namespace brood::process {
namespace {

std::vector<int> next_identity() {
  Self& me = self();
  const std::lock_guard lock(me.mutex);
  std::vector<int> identity = me.identity;
  identity.push_back(++me.made);
  return identity;
}

ProcessKey own_key() {
  Self& me = self();
  const std::lock_guard lock(me.mutex);
  return me.key;
}

std::string default_name(const std::string& prefix, const std::vector<int>& identity) {
  std::string name = prefix;
  for (std::size_t i = 0; i < identity.size(); ++i)
    name.append(i == 0 ? "-" : ":").append(std::to_string(identity[i]));
  return name;
}

void check_name(std::string_view name) {
  const bool is_bad = name.empty() || std::any_of(name.begin(), name.end(), [](char c) {
                        return c == '/' || c == '\x7f' || (static_cast<unsigned char>(c) < 0x20);
                      });
  if (is_bad)
    throw Error(Errc::bad_value, "name a process '" + printable(name) +
                                     "': a name is not empty, and has no control characters and no slash");
}

void check_arguments(const ProcessOptions& options) {
  const auto& function = options.target.function();
  if (!function) {
    if (options.args.empty() && options.kwargs.empty()) return;
    throw Error(Errc::bad_value, "make a process: only a function takes args and kwargs");
  }
  if (function->arity != options.args.size())
    throw Error(Errc::bad_value, "make a process: the target takes " + std::to_string(function->arity) +
                                     " arguments, not " + std::to_string(options.args.size()));
  if (!options.kwargs.empty() && !function->takes_keywords)
    throw Error(Errc::bad_value,
                "make a process: the target takes no kwargs: its last parameter is no brood::Keywords");
}

void check_command(const ProcessOptions& options) {
  launch::check_environment(options.environment.set);
  const auto& argv = options.target.argv();
  if (!argv) return;
  if (argv->empty()) throw Error(Errc::bad_value, "make a process: the command is empty");
  for (const std::string& word : *argv) launch::check_word(word);
}

}  // namespace

Child::Child(ProcessOptions options)
    : creator_(os::own_pid()),
      identity_((check_arguments(options), next_identity())),
      options_(std::move(options)),
      key_(own_key()) {
  check_command(options_);
  if (options_.grace < options_.grace.zero())
    throw Error(Errc::bad_value, "make a process: a grace time cannot be negative");
  if (options_.name.empty()) options_.name = default_name(options_.name_prefix, identity_);
  check_name(options_.name);
  if (!options_.daemon) options_.daemon = this_process().daemon();
}

std::string Child::called(const char* doing) const {
  return std::string(doing) + " process '" + printable(options_.name) + "'";
}

void Child::check_open(const char* doing) const {
  if (phase_ == Phase::closed) throw Error(Errc::closed, called(doing));
}

void Child::check_parent(const char* doing) const {
  if (creator_ != os::own_pid()) throw Error(Errc::not_parent, called(doing));
}

void Child::check_started(const char* doing) const {
  if (phase_ == Phase::initial || phase_ == Phase::starting) throw Error(Errc::not_started, called(doing));
}

void Child::begin_start(const char* doing) {
  const std::lock_guard lock(mutex_);
  check_open(doing);
  if (phase_ != Phase::initial) throw Error(Errc::already_started, called(doing));
  check_parent(doing);
  Self& me = self();
  if (me.daemon && !me.allow_children) throw Error(Errc::daemonic_child, called(doing));
  phase_ = Phase::starting;
}

void Child::start(const Runner& runner, ServerClient* server) {
  constexpr const char* doing = "start";
  begin_start(doing);
  try {
    // Whether anybody has ended is one question, however many there are.
    if (os::peek_ended_child()) reap_ended();
    handle_exit();
    const StartMethod method = options_.method ? *options_.method : decide_start_method();
    if (!server) flush_streams();  // others may be using them now, and nothing is copied
    keep(launch(runner, method, server), method);
  } catch (const Error& problem) {
    const std::lock_guard lock(mutex_);
    if (phase_ == Phase::starting) phase_ = Phase::initial;
    throw problem.during(called(doing));
  } catch (...) {
    const std::lock_guard lock(mutex_);
    if (phase_ == Phase::starting) phase_ = Phase::initial;
    throw;
  }
}

// A child that cannot be kept hold of is none.
// Throws only while the child can still be taken back.
void Child::keep(Born born, StartMethod method) {
  try {
    os::Fd moved;
    if (born.pidfd.get() < 3) moved = os::duplicate(born.pidfd.get());
    auto pidfd = std::make_shared<os::Fd>(std::move(moved));
    const std::lock_guard lock(mutex_);
    Self& me = self();
    {
      // Before anybody can see it end, and take it from the list.
      const std::lock_guard list(me.mutex);
      me.children.push_back(shared_from_this());
    }
    if (!*pidfd) *pidfd = std::move(born.pidfd);
    method_ = method;
    pid_ = born.pid;
    pidfd_ = std::move(pidfd);
    phase_ = Phase::started;
    options_.target = {};
    options_.args.clear();
    options_.kwargs.clear();
  } catch (...) {
    (void)os::send_signal(born.pidfd.get(), SIGKILL);
    os::reap_at_end(born.pidfd.get());
    const std::lock_guard lock(mutex_);
    for (OwnFd& end : pipes_) end.reset();
    throw;
  }
}

Birth Child::birth(StartMethod method) const {
  Self& me = self();
  Birth birth;
  birth.name = name();
  birth.identity = identity_;
  birth.daemon = daemon();
  birth.allow_children = options_.allow_children;
  birth.key = authkey();
  birth.parent = me.pid;
  birth.parent_pidfd = own_pidfd();
  birth.new_session = options_.stop == Scope::tree;
  birth.inherit_signals = options_.inherit_signals;
  const auto fallback = birth.daemon ? OnParentDeath::kill : OnParentDeath::nothing;
  switch (options_.on_parent_death.value_or(fallback)) {
    case OnParentDeath::nothing: break;
    case OnParentDeath::terminate: birth.death_signal = SIGTERM; break;
    case OnParentDeath::kill: birth.death_signal = SIGKILL; break;
  }
  const std::lock_guard lock(me.mutex);
  birth.parent_name = me.name;
  birth.method = options_.method ? method : me.method;
  return birth;
}

Born Child::launch(const Runner& runner, StartMethod method, ServerClient* server) {
  Streams streams = open_streams(options_);
  const Birth birth = this->birth(method);
  Order order{options_, birth, method, streams, checked_descriptors(options_.pass_fds)};
  Born born;
  if (const auto& argv = options_.target.argv(); argv && !runner.is_overridden) {
    born = start_command(order, *argv);
  } else if (method == StartMethod::fork && !server) {
    const auto run = [this, &runner] {
      // In the child, where nobody else is left to unlock it: another thread may have held it at the fork.
      new (&mutex_) std::mutex;
      phase_ = Phase::started;
      pid_ = os::own_pid();
      return runner.run();
    };
    born = start_fork(order, run);
  } else {
    if (runner.is_overridden)
      throw Error(Errc::not_transferable, "hand it over", "a subclass can only be started by fork");
    Birth whole = birth;
    if (const auto& function = options_.target.function()) {
      whole.target = detail::target_name(function->key);
      if (whole.target.empty())
        throw Error(Errc::not_transferable, "hand it over", "BROOD_TARGET(function) registers a function");
    }
    whole.arguments = {options_.args, options_.kwargs};
    if (!server && !program().is_initialised)
      throw Error(Errc::not_initialised, "execute this program again",
                  "call brood::init(argc, argv) first thing in main()");
    const Order complete{options_, whole, method, streams, order.pass_fds};
    if (!server && method == StartMethod::forkserver) server = self().server.get();
    born = server ? server->start(complete) : start_image(complete);
  }
  const std::lock_guard lock(mutex_);
  for (int i = 0; i < 3; ++i) pipes_[i] = std::move(streams.ours[i]);
  return born;
}

int Child::run_target() {
  {
    const std::lock_guard lock(mutex_);
    const bool is_own_child = pid_ == os::own_pid();
    if (phase_ != Phase::initial && !is_own_child) throw Error(Errc::already_started, called("run"));
  }
  if (options_.target.argv())
    throw Error(Errc::unsupported, "run a command in this process: it is executed by start() only");
  const auto& function = options_.target.function();
  return function ? function->run({options_.args, options_.kwargs}) : 0;
}

bool Child::look() {
  if (phase_ == Phase::ended) return true;
  if (phase_ != Phase::started || creator_ != os::own_pid() || pid_ == os::own_pid()) return false;
  const os::ChildEnd end = os::reap_child(pidfd_->get());
  if (!end.has_ended) return false;
  status_ = end.status;
  phase_ = Phase::ended;
  forget(this);
  return true;
}

bool Child::has_ended() {
  const std::lock_guard lock(mutex_);
  return look() || phase_ == Phase::closed;
}

bool Child::await_end(const os::Deadline& deadline) {
  std::shared_ptr<const os::Fd> pidfd;
  {
    const std::lock_guard lock(mutex_);
    check_open("join");
    check_parent("join");
    check_started("join");
    if (!look()) pidfd = pidfd_;
  }
  while (pidfd) {
    if (!os::await_ready(pidfd->get(), deadline)) return false;
    {
      const std::lock_guard lock(mutex_);
      if (phase_ == Phase::closed || look()) break;
    }
    // It has ended, but somebody who traces it sees that first.
    os::await_reapable(pidfd->get());
  }
  return true;
}

bool Child::is_alive() {
  const std::lock_guard lock(mutex_);
  check_open("ask for");
  if (pid_ != 0 && pid_ == os::own_pid()) return true;
  if (phase_ != Phase::started) return false;
  // Elsewhere than in the process that made it, all that can be seen is that it is there.
  if (creator_ != os::own_pid()) return !os::is_ready(pidfd_->get());
  return !look();
}

std::optional<ExitStatus> Child::exit_status() {
  const std::lock_guard lock(mutex_);
  check_open("ask for the end of");
  return look() ? status_ : std::nullopt;
}

bool Child::exit_unknown() {
  const std::lock_guard lock(mutex_);
  check_open("ask for the end of");
  return look() && !status_;
}

ProcessState Child::state() {
  const std::lock_guard lock(mutex_);
  if (phase_ == Phase::closed) return ProcessState::closed;
  if (phase_ == Phase::initial || phase_ == Phase::starting) return ProcessState::initial;
  if (phase_ == Phase::started && creator_ != os::own_pid() && pid_ != os::own_pid())
    return ProcessState::unknown;
  return look() ? ProcessState::stopped : ProcessState::started;
}

bool Child::send(int number) {
  check_open("signal");
  check_started("signal");
  if (look()) return false;
  const int result = options_.stop == Scope::tree ? signal_tree(pid_, pidfd_->get(), number)
                                                  : os::send_signal(pidfd_->get(), number);
  if (result == 0) return true;
  if (result == ESRCH) return false;
  throw Error(std::error_code(result, std::system_category()), called("signal"));
}

bool Child::signal(int number) {
  const std::lock_guard lock(mutex_);
  return send(number);
}

bool Child::terminate(std::chrono::milliseconds grace) {
  std::vector<Member> others;
  {
    const std::lock_guard lock(mutex_);
    check_open("terminate");
    check_parent("terminate");
    check_started("terminate");
    if (options_.stop == Scope::tree && !look()) others = tree_of(pid_);
    if (!send(SIGTERM)) return false;
    (void)send(SIGCONT);  // what is stopped could not act upon it
  }
  const os::Deadline deadline = os::deadline_after(grace);
  if (await_end(deadline) && are_gone(others, deadline)) return true;
  (void)signal(SIGKILL);
  for (const Member& member : others) (void)signal_member(member, SIGKILL);
  (void)await_end({});
  (void)are_gone(others, {});
  return true;
}

void Child::close() {
  const std::lock_guard lock(mutex_);
  if (phase_ == Phase::closed) return;
  check_parent("close");
  if (phase_ == Phase::starting || (phase_ == Phase::started && !look()))
    throw Error(Errc::still_running, called("close"));
  phase_ = Phase::closed;
  pidfd_.reset();
  for (OwnFd& end : pipes_) end.reset();
}

std::string Child::name() const {
  const std::lock_guard lock(mutex_);
  return options_.name;
}

void Child::set_name(std::string_view name) {
  check_name(name);
  const std::lock_guard lock(mutex_);
  options_.name = name;
}

bool Child::daemon() const {
  const std::lock_guard lock(mutex_);
  return options_.daemon.value_or(false);
}

OnDestroy Child::on_destroy() const {
  return options_.on_destroy.value_or(daemon() ? OnDestroy::detach : OnDestroy::join);
}

void Child::set_daemon(bool daemon) {
  const std::lock_guard lock(mutex_);
  check_open("change");
  if (phase_ != Phase::initial) throw Error(Errc::already_started, called("change"));
  options_.daemon = daemon;
}

std::optional<pid_t> Child::pid() const {
  const std::lock_guard lock(mutex_);
  check_open("ask for");
  if (pid_ == 0) return std::nullopt;
  return pid_;
}

StartMethod Child::start_method() const {
  {
    const std::lock_guard lock(mutex_);
    if (method_) return *method_;
    if (options_.method) return *options_.method;
  }
  return get_start_method();
}

ProcessKey Child::authkey() const {
  const std::lock_guard lock(mutex_);
  return key_;
}

void Child::set_authkey(const ProcessKey& key) {
  const std::lock_guard lock(mutex_);
  key_ = key;
}

int Child::sentinel() const {
  const std::lock_guard lock(mutex_);
  check_open("wait for");
  check_started("wait for");
  if (!pidfd_) throw Error(Errc::bad_value, called("wait for") + ": that is this process");
  return pidfd_->get();
}

int Child::pipe_end(int stream) const {
  const std::lock_guard lock(mutex_);
  check_open("use a pipe of");
  check_started("use a pipe of");
  if (!pipes_[stream]) throw Error(Errc::bad_value, called("use a pipe of") + ": there is none");
  return pipes_[stream].get();
}

void Child::close_input() {
  const std::lock_guard lock(mutex_);
  pipes_[0].reset();
}

std::string Child::description() {
  const ProcessState now = state();
  const std::lock_guard lock(mutex_);
  std::string text = "<Process name='" + printable(options_.name) + "'";
  if (pid_ != 0) text += " pid=" + std::to_string(pid_);
  text += " parent=" + std::to_string(creator_) + " ";
  text += to_string(now);
  if (now == ProcessState::stopped && !status_) text += " exitcode=unknown";
  if (now == ProcessState::stopped && status_)
    text += " exitcode=" + (status_->is_signalled() ? "-" + signal_name(status_->signal())
                                                    : std::to_string(status_->exitcode()));
  if (options_.daemon.value_or(false)) text += " daemon";
  return text + ">";
}

}  // namespace brood::process
