// SPDX-License-Identifier: MIT
#include "monitor/guard.hpp"

#include <span>

#include "base/wire.hpp"
#include "os/poll.hpp"
#include "os/process.hpp"
#include "os/socket.hpp"

namespace brood::monitor {
namespace {

constexpr std::size_t report_size = 3 * 8 + AuthKey::size;

void report(int guard, JobId job, const AuthKey& key, std::span<const int> fds) noexcept {
  WireWriter out;
  out.put(os::own_pid());
  out.put(job);
  out.put(key.bytes());
  std::string bytes = out.bytes();
  (void)os::send_now(guard, bytes, fds);
  wipe(bytes);
}

}  // namespace

void tell_guard(int guard, JobId job, const AuthKey& key, int sentinel) noexcept {
  const int fds[] = {sentinel};
  report(guard, job, key, fds);
}

void tell_guard_of_end(int guard, JobId job) noexcept { report(guard, job, {}, {}); }

std::optional<Guarded> hear_monitor(int reports) {
  if (!os::is_ready(reports)) return std::nullopt;
  std::string bytes;
  std::vector<os::Fd> fds;
  if (!os::receive_exactly(reports, report_size, bytes, fds) || fds.size() > 1) return std::nullopt;
  WireReader in(bytes);
  Guarded guarded;
  guarded.monitor = static_cast<pid_t>(in.integer());
  guarded.job = in.integer();
  const auto key = AuthKey::from(in.text());
  wipe(bytes);
  if (!key) return std::nullopt;
  guarded.key = *key;
  if (!fds.empty()) guarded.sentinel = std::move(fds.front());
  return guarded;
}

}  // namespace brood::monitor
