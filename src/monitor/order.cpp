// SPDX-License-Identifier: MIT
#include "monitor/order.hpp"

#include <algorithm>
#include <utility>

#include "base/wire.hpp"
#include "brood/text.hpp"
#include "os/block.hpp"
#include "os/socket.hpp"

namespace brood::monitor {
namespace {

using std::chrono::milliseconds;

template <class Number>
void put_optional(WireWriter& out, const std::optional<Number>& value) {
  out.put(value.has_value());
  out.put(value.value_or(Number{}));
}

std::optional<std::int64_t> optional_from(WireReader& in) {
  const bool has = in.integer() != 0;
  const auto value = in.integer();
  if (!has) return std::nullopt;
  return value;
}

// A program may ask for any length of time; it is acted upon as one of these.
milliseconds duration_from(std::int64_t count) {
  return std::clamp(milliseconds(count), milliseconds(0), longest_duration);
}

OrphanPolicy orphans_from(std::int64_t value) {
  for (const auto policy : {OrphanPolicy::leave, OrphanPolicy::wait, OrphanPolicy::terminate})
    if (static_cast<std::int64_t>(policy) == value) return policy;
  throw Error(Errc::protocol_mismatch, "read the order for a monitor");
}

void put_traits(WireWriter& out, const std::optional<os::Traits>& traits) {
  out.put(traits.has_value());
  if (!traits) return;
  out.put(traits->umask);
  out.put(traits->nice);
  out.put(traits->namespaces);
  out.put(traits->limits.size());
  for (const auto& limit : traits->limits) {
    out.put(limit.number);
    out.put(limit.soft);
    out.put(limit.hard);
  }
}

std::optional<os::Traits> traits_from(WireReader& in) {
  if (in.integer() == 0) return std::nullopt;
  os::Traits traits;
  traits.umask = static_cast<unsigned>(in.integer());
  traits.nice = static_cast<int>(in.integer());
  traits.namespaces = in.text();
  for (auto left = in.integer(); left > 0 && in.ok(); --left) {
    const int number = static_cast<int>(in.integer());
    const auto soft = static_cast<unsigned long long>(in.integer());
    traits.limits.push_back({number, soft, static_cast<unsigned long long>(in.integer())});
  }
  return traits;
}

std::string encode(const Order& order) {
  WireWriter out;
  out.put(order.state_path);
  out.put(order.created_id);
  out.put(order.again);
  out.put(order.name);
  out.put(order.record_tail);
  out.put(order.created_at.time_since_epoch().count());
  out.put(order.parent_job);
  out.put(order.parent_identity);
  out.put(order.kept_environment);
  out.put(order.argv);
  out.put(order.env);
  out.put(order.cwd);
  out.put(order.stdout_log);
  out.put(order.stderr_log);
  out.put(order.joins_streams);
  out.put(order.keep_fds.size());
  for (const int fd : order.keep_fds) out.put(fd);
  out.put(order.inherit_fds);
  out.put(order.reset_signals);
  put_optional(out, order.umask);
  out.put(order.nice);
  out.put(order.limits.size());
  for (const auto& limit : order.limits) {
    out.put(limit.resource);
    out.put(limit.soft);
    out.put(limit.hard);
  }
  put_traits(out, order.traits);
  out.put(order.later_cwd);
  for (const auto& file : order.later_files) out.put(file);
  out.put(order.timeout.has_value());
  out.put(order.timeout ? order.timeout->count() : 0);
  out.put(order.stop_signal);
  out.put(order.grace.count());
  out.put(order.orphans);
  out.put(order.authkey.bytes());
  out.put(order.has_own_key);
  // Which descriptors come along, in their order.
  for (const os::Fd* fd : {&order.name_lock, &order.parent, &order.directory})
    out.put(static_cast<bool>(*fd));
  for (const auto& stream : order.streams) out.put(static_cast<bool>(stream));
  out.put(order.passed.size());
  return out.bytes();
}

Order decode(const std::string& bytes, std::vector<os::Fd>& fds) {
  WireReader in(bytes);
  Order order;
  order.state_path = in.text();
  order.created_id = in.integer();
  order.again = in.integer() != 0;
  order.name = in.text();
  order.record_tail = in.text();
  order.created_at = WallTime(milliseconds(in.integer()));
  order.parent_job = in.integer();
  order.parent_identity = in.text();
  order.kept_environment = in.text();
  order.argv = in.list();
  order.env = in.list();
  order.cwd = in.text();
  order.stdout_log = in.text();
  order.stderr_log = in.text();
  order.joins_streams = in.integer() != 0;
  for (auto left = in.integer(); left > 0 && in.ok(); --left)
    order.keep_fds.push_back(static_cast<int>(in.integer()));
  order.inherit_fds = in.integer() != 0;
  order.reset_signals = in.integer() != 0;
  if (const auto umask = optional_from(in)) order.umask = static_cast<unsigned>(*umask);
  order.nice = static_cast<int>(in.integer());
  for (auto left = in.integer(); left > 0 && in.ok(); --left) {
    const int resource = static_cast<int>(in.integer());
    const auto soft = static_cast<unsigned long long>(in.integer());
    order.limits.push_back({resource, soft, static_cast<unsigned long long>(in.integer())});
  }
  order.traits = traits_from(in);
  order.later_cwd = in.text();
  for (auto& file : order.later_files) file = in.text();
  if (const auto timeout = optional_from(in)) order.timeout = duration_from(*timeout);
  order.stop_signal = static_cast<int>(in.integer());
  order.grace = duration_from(in.integer());
  order.orphans = orphans_from(in.integer());
  const auto key = AuthKey::from(in.text());
  if (key) order.authkey = *key;
  order.has_own_key = in.integer() != 0;

  auto fd = fds.begin();
  const auto next_fd = [&](bool is_sent) { return is_sent && fd != fds.end() ? std::move(*fd++) : os::Fd(); };
  order.state_dir = next_fd(true);
  for (os::Fd* each : {&order.name_lock, &order.parent, &order.directory}) *each = next_fd(in.integer() != 0);
  for (auto& stream : order.streams) stream = next_fd(in.integer() != 0);
  // Whatever the number says, no more than have come.
  const auto passed = in.integer();
  for (auto left = passed; left > 0 && fd != fds.end(); --left) order.passed.push_back(next_fd(true));
  if (!in.at_end() || std::cmp_not_equal(order.passed.size(), passed) || !key || !order.state_dir ||
      order.argv.empty())
    throw Error(Errc::protocol_mismatch, "read the order for a monitor");
  return order;
}

std::string encode(const Outcome& outcome) {
  WireWriter out;
  out.put(outcome.id);
  out.put(outcome.failure.has_value());
  if (outcome.failure) {
    const Error& failure = *outcome.failure;
    out.put(failure.code().category() == error_category());
    out.put(failure.code().value());
    out.put(failure.doing());
    out.put(failure.hint());
    out.put(failure.exit_status());
  }
  return out.bytes();
}

constexpr std::int64_t most_error = 4095;  // of the kernel's numbers, and ours are less

[[noreturn]] void refuse_answer() { throw Error(Errc::protocol_mismatch, "read a monitor's answer"); }

}  // namespace

std::string doing_of(const Order& order) {
  if (order.created_id == 0) return "start '" + printable(order.name) + "'";
  return (order.again ? "restart job " : "start job ") + std::to_string(order.created_id);
}

void send_order(int channel, const Order& order) {
  std::vector<int> fds{order.state_dir.get()};
  for (const os::Fd* fd : {&order.name_lock, &order.parent, &order.directory})
    if (*fd) fds.push_back(fd->get());
  for (const auto& stream : order.streams)
    if (stream) fds.push_back(stream.get());
  for (const auto& passed : order.passed) fds.push_back(passed.get());
  try {
    os::send_block(channel, encode(order), fds);
  } catch (const Error& problem) {
    os::hang_up(channel);  // half an order is of no use to anybody
    if (problem.code() != std::errc::broken_pipe && problem.code() != std::errc::connection_reset) throw;
  }
}

std::optional<Order> receive_order(int channel) {
  std::vector<os::Fd> fds;
  auto bytes = os::receive_block(channel, fds);
  if (!bytes) return std::nullopt;
  Order order = decode(*bytes, fds);
  wipe(*bytes);  // the key is in it
  return order;
}

void send_outcome(int channel, const Outcome& outcome) { os::send_block(channel, encode(outcome)); }

bool send_outcome_now(int channel, const Outcome& outcome) noexcept {
  try {
    return os::send_now(channel, os::block_of(encode(outcome)));
  } catch (const std::exception&) {
    return false;  // no memory
  }
}

Error monitor_gone() {
  return Error(Errc::monitor_gone, "start the job: its monitor ended before the target ran");
}

Outcome receive_outcome(int channel) {
  std::vector<os::Fd> fds;
  std::optional<std::string> bytes;
  try {
    bytes = os::receive_block(channel, fds);
  } catch (const Error&) {
    // It died in the middle of a word: the same as without one.
  }
  if (!bytes) return {0, monitor_gone()};
  WireReader in(*bytes);
  Outcome outcome;
  outcome.id = in.integer();
  if (in.integer() != 0) {
    const bool is_ours = in.integer() != 0;
    const std::int64_t number = in.integer();
    const std::string doing(in.text());
    const std::string hint(in.text());
    const std::int64_t status = in.integer();
    if (number < 0 || number > most_error || status < 125 || status > 127) refuse_answer();
    Error failure(
        std::error_code(static_cast<int>(number), is_ours ? error_category() : std::system_category()), doing,
        hint);
    outcome.failure = failure.with_exit_status(static_cast<int>(status));
  }
  if (!in.at_end()) refuse_answer();
  return outcome;
}

}  // namespace brood::monitor
