// SPDX-License-Identifier: MIT
#include "sentinel/sentinel.hpp"

#include "brood/error.hpp"
#include "os/file.hpp"
#include "os/lock.hpp"

namespace brood::sentinel {
namespace {

constexpr const char* name = "sentinel";
constexpr const char* new_name = "sentinel.new";

// What somebody has put in its place is no sentinel, and harms no other job.
std::optional<os::Fd> find(int job_dir) {
  try {
    return os::find_at(job_dir, name, os::Open::read_nonblock);
  } catch (const Error& problem) {
    const auto status = os::status_at(job_dir, name);
    if (status && (status->kind == os::FileKind::fifo || status->kind == os::FileKind::regular)) throw;
    return std::nullopt;
  }
}

}  // namespace

Sentinel Sentinel::hold(int job_dir) {
  const auto before = os::status_at(job_dir, name);
  if (before && before->kind != os::FileKind::fifo) os::remove_file_at(job_dir, name);
  (void)os::make_fifo_at(job_dir, name);
  // For reading too: a FIFO can't be opened for writing alone while nobody reads, and the write end is what counts.
  os::Fd fd = os::open_at(job_dir, name, os::Open::read_write);
  if (!os::try_lock(fd.get(), os::Lock::exclusive))
    throw Error(Errc::already_started, "take the sentinel: another monitor has it");
  return Sentinel(std::move(fd));
}

void Sentinel::release(int job_dir, bool is_shared) noexcept {
  if (!fd_) return;
  try {
    os::open_at(job_dir, new_name, os::Open::create, 0600).reset();
    os::rename_at(job_dir, new_name, name);
  } catch (const Error&) {
    // No room for even an empty file, or the directory is gone. The hang-up below still tells everybody who waits.
  }
  if (is_shared) let_go();
  fd_.reset();
}

void Sentinel::let_go() noexcept {
  try {
    os::unlock(fd_.get());
    os::write_all(fd_.get(), "\n");
  } catch (const Error&) {
    // The hang-up comes when the other holder has closed its copy.
  }
}

os::Fd watch(int job_dir) {
  auto fd = find(job_dir);
  if (!fd || os::try_lock(fd->get(), os::Lock::shared)) return {};
  return std::move(*fd);
}

bool is_held(int job_dir) { return static_cast<bool>(watch(job_dir)); }

}  // namespace brood::sentinel
