// SPDX-License-Identifier: MIT
#include "pool/crew.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "brood/context.hpp"
#include "os/poll.hpp"
#include "os/socket.hpp"
#include "pool/work.hpp"
#include "process/exit.hpp"
#include "process/fork_here.hpp"
#include "process/self.hpp"

namespace brood::pool {
namespace {

constexpr int most_failures = 3;
constexpr std::chrono::milliseconds first_pause{50};  // before a start is tried again; it doubles

std::string name_of(const Target& initializer, const Value::Array& args) {
  const auto& function = initializer.function();
  if ((function ? function->arity : 0) != args.size())
    throw Error(Errc::bad_value, "make a pool: its initializer takes " +
                                     std::to_string(function ? function->arity : 0) + " arguments, not " +
                                     std::to_string(args.size()));
  if (!function && !initializer.argv()) return {};
  std::string name = function ? detail::target_name(function->key) : std::string();
  if (name.empty())
    throw Error(Errc::not_transferable, "make a pool: take its initializer",
                "BROOD_TARGET(function) registers a function");
  return name;
}

// A copy is made once, while it can be: from then on there is a thread of ours.
process::ServerClient::Make copy_once(bool allow_threads) {
  return [allow_threads, is_made = false]() mutable {
    if (is_made) throw Error(Errc::server_unreachable, "fork: the process that forks the workers was killed");
    is_made = true;
    return process::fork_server_here(allow_threads);
  };
}

}  // namespace

Crew::Crew(const PoolOptions& options, std::size_t wanted)
    : options_(options),
      method_(options.method ? *options.method : process::decide_start_method()),
      initializer_(name_of(options.initializer, options.init_args)),
      wanted_(wanted) {
  if (method_ == StartMethod::fork)
    copy_ = std::make_unique<process::ServerClient>(copy_once(options.allow_threads));
}

void Crew::add() {
  auto ends = os::socket_pair();
  process::OwnFd ours(std::move(ends.first));
  const os::Fd theirs = std::move(ends.second);
  ProcessOptions options;
  options.target = &work;
  options.args = {theirs.get(), initializer_, options_.init_args};
  options.daemon = true;
  options.method = method_;
  options.name_prefix = options_.name_prefix;
  options.pass_fds = {theirs.get()};
  options.grace = options_.grace;
  auto child = std::make_shared<process::Child>(std::move(options));
  child->start({}, copy_.get());
  workers_.push_back(std::make_unique<Worker>(std::move(child), std::move(ours)));
}

void Crew::fill() {
  while (workers_.size() < wanted_) add();
}

void Crew::refill() noexcept {
  if (problem_ || (retry_ && os::steady_now() < *retry_)) return;
  retry_.reset();
  try {
    fill();
  } catch (...) {
    note_failure(current_failure());
    if (!problem_) retry_ = os::later(os::steady_now(), first_pause * (1 << failures_));
  }
}

void Crew::note_failure(Failure why) {
  if (++failures_ >= most_failures && !problem_) problem_ = std::move(why);
}

Worker* Crew::idle() noexcept {
  const auto found =
      std::find_if(workers_.begin(), workers_.end(), [](const auto& worker) { return worker->is_idle(); });
  return found == workers_.end() ? nullptr : found->get();
}

void Crew::let_all_go() noexcept {
  for (const auto& worker : workers_) worker->let_go();
}

std::vector<Assignment> Crew::attend(int other) {
  std::vector<pollfd> fds{{other, POLLIN, 0}};
  for (const auto& worker : workers_) {
    fds.push_back({worker->sentinel(), POLLIN, 0});
    fds.push_back({worker->channel(), worker->wanted_events(), 0});
  }
  std::vector<Assignment> left;
  if (!os::poll(fds, retry_)) return left;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    Worker& worker = *workers_[i];
    const bool has_ended = fds[1 + 2 * i].revents != 0;
    // What it said before its end counts.
    if (has_ended || fds[2 + 2 * i].revents != 0) worker.exchange();
    if (worker.is_ready()) failures_ = 0;
    if (options_.max_tasks_per_child && worker.tasks() >= *options_.max_tasks_per_child) worker.let_go();
    if (has_ended && worker.child()->has_ended()) {
      settle_end(worker, left);
      workers_[i].reset();
    }
  }
  std::erase(workers_, nullptr);
  return left;
}

void Crew::settle_end(Worker& worker, std::vector<Assignment>& left) {
  if (auto rest = worker.bury()) left.push_back(std::move(*rest));
  if (worker.is_ready()) return;
  const std::string why = worker.init_problem().empty()
                              ? worker.end_text() + " before it was ready"
                              : "worker '" + worker.child()->name() + "': " + worker.init_problem();
  note_failure(failure(Error(Errc::init_failed, why)));
}

void Crew::end(const Failure& why) noexcept {
  std::vector<std::shared_ptr<process::Child>> children;
  for (const auto& worker : workers_) {
    worker->abandon(why);
    children.push_back(worker->child());
  }
  process::end(children);
  workers_.clear();
  if (copy_) (void)copy_->stop();
}

}  // namespace brood::pool
