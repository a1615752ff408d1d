// SPDX-License-Identifier: MIT
#include "monitor/guard.hpp"

#include "base/wire.hpp"
#include "os/poll.hpp"
#include "os/process.hpp"
#include "os/socket.hpp"

namespace brood::monitor {
namespace {

constexpr std::size_t report_size = 16;

void tell(int guard, JobId job, std::span<const int> fds) noexcept {
  WireWriter out;
  out.put(os::own_pid());
  out.put(job);
  (void)os::send_now(guard, out.bytes(), fds);
}

}  // namespace

void tell_guard(int guard, JobId job, int sentinel) noexcept {
  const int fds[] = {sentinel};
  tell(guard, job, fds);
}

void tell_guard_of_end(int guard, JobId job) noexcept { tell(guard, job, {}); }

std::optional<Guarded> hear_monitor(int reports) {
  if (!os::is_ready(reports)) return std::nullopt;
  std::string bytes;
  std::vector<os::Fd> fds;
  if (!os::receive_exactly(reports, report_size, bytes, fds) || fds.size() > 1) return std::nullopt;
  WireReader in(bytes);
  Guarded guarded;
  guarded.monitor = static_cast<pid_t>(in.integer());
  guarded.job = in.integer();
  if (!fds.empty()) guarded.sentinel = std::move(fds.front());
  return guarded;
}

}  // namespace brood::monitor
