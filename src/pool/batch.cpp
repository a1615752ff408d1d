// SPDX-License-Identifier: MIT
#include "pool/batch.hpp"

#include <algorithm>
#include <utility>

#include "brood/async_result.hpp"
#include "os/process.hpp"

namespace brood {
namespace pool {
namespace {

template <class Condition>
bool wait_for(std::condition_variable& change, std::unique_lock<std::mutex>& lock,
              const os::Deadline& deadline, Condition condition) {
  if (deadline) return change.wait_until(lock, *deadline, condition);
  change.wait(lock, condition);
  return true;
}

}  // namespace

Failure failure(const Error& error) {
  if (const auto* death = dynamic_cast<const WorkerDied*>(&error))
    return std::make_shared<const WorkerDied>(*death);
  return std::make_shared<const Error>(error);
}

Failure current_failure() {
  try {
    throw;
  } catch (const Error& error) {
    return failure(error);
  } catch (const std::exception& problem) {
    return failure(Error(std::make_error_code(std::errc::not_enough_memory), problem.what()));
  }
}

void raise(const Failure& failure) {
  if (const auto* death = dynamic_cast<const WorkerDied*>(failure.get())) throw *death;
  throw *failure;
}

Batch::Batch(std::size_t calls, bool is_list)
    : owner_(os::own_pid()), is_list_(is_list), calls_(calls), left_(calls) {}

// In a fork nobody settles anything, and the lock may be held for ever.
void Batch::check_process() const {
  if (owner_ != os::own_pid()) throw Error(Errc::not_parent, "ask for the result of a task");
}

void Batch::finish(Call& call) {
  call.is_settled = true;
  // A wake-up for each of a hundred thousand calls would cost more than the calls.
  if (--left_ == 0) all_settled_.notify_all();
  if (waiting_for_one_ > 0) one_settled_.notify_all();
}

void Batch::settle(std::size_t index, Value value) {
  const std::lock_guard lock(mutex_);
  Call& call = calls_.at(index);
  if (call.is_settled) return;
  call.value = std::move(value);
  finish(call);
}

void Batch::fail(std::size_t index, Failure problem) {
  const std::lock_guard lock(mutex_);
  Call& call = calls_.at(index);
  if (call.is_settled) return;
  call.problem = std::move(problem);
  finish(call);
}

bool Batch::is_settled() const {
  check_process();
  const std::lock_guard lock(mutex_);
  return left_ == 0;
}

bool Batch::has_failed() const {
  const std::lock_guard lock(mutex_);
  return std::any_of(calls_.begin(), calls_.end(), [](const Call& call) { return call.problem != nullptr; });
}

bool Batch::await_all(const os::Deadline& deadline) const {
  check_process();
  std::unique_lock lock(mutex_);
  return wait_for(all_settled_, lock, deadline, [this] { return left_ == 0; });
}

bool Batch::await(std::size_t index, const os::Deadline& deadline) const {
  check_process();
  std::unique_lock lock(mutex_);
  const Call& call = calls_.at(index);
  ++waiting_for_one_;
  const bool is_there = wait_for(one_settled_, lock, deadline, [&] { return call.is_settled; });
  --waiting_for_one_;
  return is_there;
}

Value Batch::value(std::size_t index) const {
  const std::lock_guard lock(mutex_);
  const Call& call = calls_.at(index);
  if (call.problem) raise(call.problem);
  return call.value;
}

}  // namespace pool

namespace detail {

std::size_t Pending::size() const noexcept { return batch_->size(); }
bool Pending::ready() const { return batch_->is_settled(); }
bool Pending::wait(Timeout timeout) const { return batch_->await_all(os::deadline_after(timeout)); }

bool Pending::successful() const {
  if (!ready()) throw Error(Errc::still_running, "ask how a task ended");
  return !batch_->has_failed();
}

Value Pending::value(std::size_t index, Timeout timeout) const {
  if (!batch_->await(index, os::deadline_after(timeout)))
    throw Error(Errc::timed_out, "wait for the result of a task");
  return batch_->value(index);
}

Value Pending::result(Timeout timeout) const {
  if (!wait(timeout)) throw Error(Errc::timed_out, "wait for the result of a task");
  if (!batch_->is_list()) return batch_->value(0);
  Value::Array all;
  all.reserve(size());
  for (std::size_t i = 0; i < size(); ++i) all.push_back(batch_->value(i));
  return all;
}

}  // namespace detail
}  // namespace brood
