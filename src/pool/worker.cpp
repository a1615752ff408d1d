// SPDX-License-Identifier: MIT
#include "pool/worker.hpp"

#include <chrono>
#include <csignal>
#include <utility>

#include "brood/async_result.hpp"
#include "brood/text.hpp"
#include "os/block.hpp"
#include "os/poll.hpp"
#include "os/socket.hpp"

namespace brood::pool {
namespace {

// From the closing of a process's descriptors to its end, if they are closed because it ends.
constexpr std::chrono::milliseconds end_after_channel{200};

std::string name_of(const Task& task) { return std::string(detail::bare_name(task.function)); }

}  // namespace

void Assignment::fail(const Failure& why, std::size_t done) const {
  for (std::size_t i = done; i < task.calls.size(); ++i) batch->fail(first + i, why);
}

Worker::Worker(std::shared_ptr<process::Child> child, process::OwnFd channel)
    : child_(std::move(child)), channel_(std::move(channel)) {}

void Worker::give(Assignment assignment) {
  assignment.task.number = static_cast<std::int64_t>(tasks_);
  outgoing_ += os::block_of(to_bytes(assignment.task));
  current_ = std::move(assignment);
  done_ = 0;
  ++tasks_;
  (void)os::send_some(channel_.get(), outgoing_);  // that it has died is seen elsewhere
}

void Worker::let_go() noexcept {
  is_to_leave_ = true;
  close_if_done();
}

void Worker::abandon(const Failure& why) const {
  if (current_) current_->fail(why, done_);
}

short Worker::wanted_events() const noexcept {
  return static_cast<short>(outgoing_.empty() ? POLLIN : POLLIN | POLLOUT);
}

// One that is not ready yet has to say so first.
void Worker::close_if_done() noexcept {
  if (is_to_leave_ && is_ready_ && !current_) channel_.reset();
}

void Worker::exchange() {
  if (!channel_) return;
  const bool can_send = os::send_some(channel_.get(), outgoing_);
  const bool can_receive = os::receive_some(channel_.get(), incoming_);
  try {
    while (const auto bytes = os::take_block(incoming_)) take(report_from(*bytes));
  } catch (const Error&) {
    return cut_off();
  }
  if (can_send && can_receive) return close_if_done();
  // It ends, which begins with this, or it has closed what it needs: then it is of no use any more.
  channel_.reset();
  if (!os::await_ready(sentinel(), os::later(os::steady_now(), end_after_channel))) cut_off();
}

void Worker::cut_off() {
  channel_.reset();
  is_cut_off_ = true;
  (void)child_->signal(SIGKILL);
}

void Worker::take(const Report& report) {
  switch (report.kind) {
    case Report::Kind::ready: is_ready_ = true; return;
    case Report::Kind::init_failed: init_problem_ = report.text; return;
    case Report::Kind::result:
    case Report::Kind::exception: break;
  }
  if (!current_ || report.task != current_->task.number)
    throw Error(Errc::protocol_mismatch, "understand a worker");
  const std::size_t index = current_->first + done_;
  if (report.kind == Report::Kind::result)
    current_->batch->settle(index, report.value);
  else
    current_->batch->fail(index,
                          failure(Error(Errc::task_failed, name_of(current_->task) + ": " + report.text)));
  if (++done_ == current_->task.calls.size()) current_.reset();
}

std::string Worker::end_text() const {
  std::string text =
      "worker '" + printable(child_->name()) + "' (pid " + std::to_string(child_->pid().value_or(0)) + ") ";
  const auto status = child_->exit_status();
  if (!status) return text + "ended, and nobody knows how";
  // One that was just about to end has its own end all the same.
  if (is_cut_off_ && status->is_signalled() && status->signal() == SIGKILL)
    return text + "closed or garbled its channel, and was ended for it";
  if (status->is_signalled()) return text + "was killed by " + signal_name(status->signal());
  return text + "exited with " + std::to_string(status->exitcode());
}

std::optional<Assignment> Worker::bury() {
  if (!current_) return std::nullopt;
  const WorkerDied death(name_of(current_->task) + ": " + end_text(), child_->pid().value_or(0),
                         child_->exit_status());
  current_->batch->fail(current_->first + done_, failure(death));
  std::optional<Assignment> rest = std::exchange(current_, std::nullopt);
  auto& calls = rest->task.calls;
  calls.erase(calls.begin(), calls.begin() + static_cast<std::ptrdiff_t>(done_) + 1);
  rest->first += done_ + 1;
  if (calls.empty()) rest.reset();
  return rest;
}

}  // namespace brood::pool
