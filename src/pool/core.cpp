// SPDX-License-Identifier: MIT
#include "pool/core.hpp"

#include <algorithm>
#include <utility>

#include "brood/error.hpp"
#include "os/process.hpp"
#include "process/exit.hpp"

namespace brood::pool {
namespace {

// As many as there may be processes on most machines; what is beyond was a negative number.
constexpr std::size_t most_workers = 32'768;

std::size_t wanted_workers(const PoolOptions& options) {
  if (options.max_tasks_per_child == 0)
    throw Error(Errc::bad_value, "make a pool: a worker must be allowed a task");
  if (options.processes > most_workers)
    throw Error(Errc::bad_value,
                "make a pool: " + std::to_string(options.processes) + " workers are too many");
  return options.processes != 0 ? options.processes : os::usable_processors();
}

// Each worker gets about four: fewer would leave some idle at the end, more cost their handing over.
std::size_t chosen_chunk(std::size_t calls, std::size_t workers) {
  constexpr std::size_t each = 4;
  return std::max<std::size_t>(1, (calls + workers * each - 1) / (workers * each));
}

}  // namespace

Core::Core(const PoolOptions& options)
    : owner_(os::own_pid()), wanted_(wanted_workers(options)), crew_(options, wanted_) {}

std::shared_ptr<Core> Core::start(const PoolOptions& options) {
  auto core = std::make_shared<Core>(options);
  try {
    core->crew_.fill();
    core->hook_ = process::before_children([weak = std::weak_ptr(core)] {
      if (const auto left = weak.lock()) left->terminate();
    });
    core->thread_ = process::OwnThread([core = core.get()] { core->run(); });
  } catch (...) {
    process::forget_hook(core->hook_);
    core->crew_.end({});
    throw;
  }
  return core;
}

void Core::check_process(const char* doing) const {
  if (owner_ != os::own_pid()) throw Error(Errc::not_parent, std::string(doing) + " a pool");
}

std::shared_ptr<Batch> Core::submit(const std::string& function, const std::vector<Arguments>& calls,
                                    std::size_t chunk, bool is_list) {
  check_process("use");
  if (chunk == 0) chunk = chosen_chunk(calls.size(), wanted_);
  auto batch = std::make_shared<Batch>(calls.size(), is_list);
  std::vector<Assignment> tasks;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (i % chunk == 0) tasks.push_back({batch, i, {function, {}}});
    tasks.back().task.calls.push_back(encoded(calls[i]));
  }
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::broken) raise(problem_);
    if (state_ != State::open) throw Error(Errc::pool_closed, "hand a task to a pool");
    std::move(tasks.begin(), tasks.end(), std::back_inserter(queue_));
  }
  changed_.notify();
  return batch;
}

void Core::close() {
  check_process("close");
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::open) state_ = State::closed;
  }
  changed_.notify();
}

void Core::terminate() {
  check_process("terminate");
  {
    const std::lock_guard lock(mutex_);
    if (!is_over_) state_ = State::terminated;
  }
  changed_.notify();
  (void)join({});
}

bool Core::join(const os::Deadline& deadline) {
  check_process("join");
  {
    std::unique_lock lock(mutex_);
    if (state_ == State::open) throw Error(Errc::pool_open, "join a pool");
    const auto is_over = [this] { return is_over_; };
    if (!deadline)
      over_.wait(lock, is_over);
    else if (!over_.wait_until(lock, *deadline, is_over))
      return false;
    // One of those who join takes the thread in; the program may fork then.
    if (thread_.is_there()) thread_.join();
  }
  process::forget_hook(hook_);
  return true;
}

// What can be given away is; what cannot be done any more fails.
Core::State Core::hand_out() {
  std::deque<Assignment> hopeless;
  State state{};
  {
    const std::lock_guard lock(mutex_);
    if (crew_.problem() && state_ != State::terminated) {
      state_ = State::broken;
      problem_ = crew_.problem();
    }
    state = state_;
    if (state == State::broken) std::swap(hopeless, queue_);
    for (Worker* idle = nullptr; !queue_.empty() && (idle = crew_.idle()); queue_.pop_front())
      idle->give(std::move(queue_.front()));
    if (state == State::closed && !queue_.empty()) state = State::open;  // as long as there is work
  }
  for (const Assignment& task : hopeless) task.fail(problem_);
  return state;
}

// False when it is over.
bool Core::turn() {
  const State state = hand_out();
  if (state == State::terminated) return false;
  if (state == State::open) {
    crew_.refill();
    if (crew_.problem()) return true;  // there is nothing to wait for
  } else {
    crew_.let_all_go();
    if (crew_.is_empty()) return false;
  }
  auto left = crew_.attend(changed_.fd());
  changed_.clear();
  const std::lock_guard lock(mutex_);
  for (Assignment& task : left) queue_.push_front(std::move(task));
  return true;
}

void Core::run() noexcept {
  try {
    while (turn()) {
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    state_ = State::broken;
    problem_ = current_failure();
  }
  std::deque<Assignment> left;
  Failure why;
  {
    const std::lock_guard lock(mutex_);
    std::swap(left, queue_);
    why = problem_ ? problem_ : failure(Error(Errc::pool_terminated, "do a task"));
  }
  for (const Assignment& task : left) task.fail(why);
  crew_.end(why);
  const std::lock_guard lock(mutex_);
  is_over_ = true;
  over_.notify_all();
}

}  // namespace brood::pool
