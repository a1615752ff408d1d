// SPDX-License-Identifier: MIT
#include "jobs/orphan_end.hpp"

#include "os/child.hpp"
#include "os/clock.hpp"
#include "os/lock.hpp"
#include "sentinel/sentinel.hpp"
#include "store/record.hpp"

namespace brood::jobs {
namespace {

using namespace std::chrono_literals;

// Whoever adopts orphans may look at them now and then only.
constexpr auto patience = 5s;

// As everybody who changes a job without keepers: under the lock of its record, and with its sentinel, so that nobody
// launches it again meanwhile.
void put_on_record(const OpenJob& job, const ExitStatus& status) {
  const auto file = store::RecordFile::find(job.dir, store::RecordFile::Access::update);
  if (!file) return;
  os::lock(file->fd(), os::Lock::exclusive);
  auto sentinel = sentinel::Sentinel::hold(job.dir.fd.get());
  JobInfo info = file->load().info;
  if (is_live(info.state)) {
    info.state = JobState::exited;
    info.exit_status = status;
    info.ended_at = os::wall_now();
    info.reason = "its keepers were killed before it ended";
    file->save_head(store::head_text(info, store::unknown_fields(file->text())));
  }
  sentinel.release(job.dir.fd.get());
}

}  // namespace

void record_orphans_end(const OpenJob& job, int pidfd) noexcept {
  try {
    if (const auto status = os::kept_status(pidfd, patience)) put_on_record(job, *status);
  } catch (const std::exception&) {
    // Somebody else is at it, or there is no room: then it is lost to us, and the record says what it said.
  }
}

}  // namespace brood::jobs
