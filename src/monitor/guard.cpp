// SPDX-License-Identifier: MIT
#include "monitor/guard.hpp"

#include <span>

#include "base/wire.hpp"
#include "os/block.hpp"
#include "os/poll.hpp"
#include "os/process.hpp"
#include "os/socket.hpp"

namespace brood::monitor {
namespace {

// The path of a state directory, and a little more.
constexpr std::size_t most_bytes = 8192;

void report(int guard, JobId job, const AuthKey& key, bool is_new, std::string_view state_path,
            std::span<const int> fds) noexcept {
  WireWriter out;
  out.put(os::own_pid());
  out.put(job);
  out.put(key.bytes());
  out.put(is_new);
  out.put(state_path);
  std::string bytes = os::block_of(out.bytes());
  (void)os::send_now(guard, bytes, fds);
  wipe(bytes);
}

}  // namespace

void tell_guard(const GuardLink& guard, JobId job, const AuthKey& key, bool is_new, int sentinel,
                const store::StateDir& state) noexcept {
  if (!guard.channel) return;
  const int fds[] = {sentinel, state.fd()};
  report(guard.channel.get(), job, key, is_new, guard.wants_state ? state.path() : std::string_view(),
         std::span(fds).first(guard.wants_state ? 2 : 1));
}

void tell_guard_of_end(int guard, JobId job) noexcept { report(guard, job, {}, false, {}, {}); }

std::optional<Guarded> hear_monitor(os::Fd& reports) {
  if (!reports || !os::is_ready(reports.get())) return std::nullopt;
  std::vector<os::Fd> fds;
  auto bytes = os::receive_block(reports.get(), fds, most_bytes);
  if (!bytes) reports.reset();  // it would be ready for ever
  if (!bytes || fds.size() > 2) return std::nullopt;
  WireReader in(*bytes);
  Guarded guarded;
  guarded.monitor = static_cast<pid_t>(in.integer());
  guarded.job = in.integer();
  const auto key = AuthKey::from(in.text());
  guarded.is_new = in.integer() != 0;
  const std::string path(in.text());
  wipe(*bytes);
  if (!key || !in.at_end()) return std::nullopt;
  guarded.key = *key;
  if (!fds.empty()) guarded.sentinel = std::move(fds[0]);
  if (fds.size() == 2) guarded.state = store::StateDir::adopt(path, std::move(fds[1]));
  return guarded;
}

}  // namespace brood::monitor
