// SPDX-License-Identifier: MIT
// A guard's side: the monitors that it has made, and the jobs of those that were killed, which it keeps itself from then
// on. Signals must be blocked.
#pragma once

#include <sys/types.h>

#include <list>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/backoff.hpp"
#include "monitor/adopted_job.hpp"
#include "monitor/guard.hpp"
#include "os/poll.hpp"
#include "os/process.hpp"

namespace brood::monitor {

/// What is kept for as long as a job lasts has numbers from here on, as far as the limit allows it: a new monitor gets
/// those below, and so costs no more where there are thousands already.
constexpr int lasting_fds = 512;

class Wards {
 public:
  /// `reports` is where the monitors say what they keep. All of them work in `state`; without one each says where.
  explicit Wards(os::Fd reports, const store::StateDir* state = nullptr);

  /// Keeps a descriptor free for the sentinel of the next monitor, until that has reported. Without one it would get no
  /// share of it, and the job no guard. Throws if there is none.
  void keep_room();
  /// A child that is a monitor from now on. `caller`: where somebody may still be waiting for its outcome. If the monitor
  /// is killed before that, the answer comes from here.
  void add(pid_t monitor, os::Fd caller);
  bool any() const noexcept { return !monitors_.empty() || !adopted_.empty() || !later_.empty(); }
  /// Monitors whose jobs are not known to be over.
  std::size_t at_work() const;
  std::size_t adopted() const noexcept { return adopted_.size(); }

  void add_to(std::vector<pollfd>& fds) const;
  os::Deadline deadline() const;
  /// After a poll: `fds` are those that were added.
  void on_ready(std::span<const pollfd> fds);
  /// After SIGCHLD.
  void on_children();
  void hear_monitors();

 private:
  /// A job whose monitor is dead, and that could not be taken over yet: for want of descriptors, memory, or a disk that
  /// works.
  struct Later {
    Guarded guarded;
    os::Fd caller;
    os::SteadyTime when = {};
    Backoff pauses = {std::chrono::milliseconds(50), std::chrono::seconds(10)};
  };

  /// A child that has ended and that nobody has claimed: its monitor's death may just not be known yet.
  struct Stray {
    pid_t pid;
    std::uint64_t start_time;  // by then its number may mean another
    os::End end;
  };

  void hear(Guarded report);
  void fit_room();
  void on_ended(const os::EndedChild& child);
  void adopt(Later job);
  void tell_of_target(AdoptedJob& job);
  void try_again();
  void let_go_of_callers();
  void forget_strays();

  os::Fd reports_;
  std::size_t unheard_ = 0;   // monitors that have not reported yet
  std::vector<os::Fd> room_;  // one descriptor for each of them, where that was asked for
  const store::StateDir* state_;
  std::map<pid_t, std::optional<Guarded>> monitors_;  // empty until it has reported
  std::map<pid_t, os::Fd> callers_;                   // by monitor; until they are seen to have gone
  std::list<Later> later_;
  std::list<Stray> strays_;
  std::list<AdoptedJob> adopted_;
};

}  // namespace brood::monitor
