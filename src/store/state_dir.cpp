// SPDX-License-Identifier: MIT
#include "store/state_dir.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/checksum.hpp"
#include "brood/error.hpp"
#include "brood/text.hpp"
#include "os/access.hpp"
#include "os/file.hpp"
#include "os/lock.hpp"
#include "os/process.hpp"
#include "os/trust.hpp"
#include "store/name_index.hpp"
#include "store/names.hpp"

namespace brood::store {
namespace {

constexpr std::size_t counter_digits = 20;  // then a line break

std::string absolute_variable(const char* name) {
  const char* value = std::getenv(name);
  return value && value[0] == '/' ? value : "";
}

std::string without_trailing_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

// Could a directory be made, or is it there already? Asked of the nearest directory that exists.
bool is_usable(std::string path) {
  while (!os::status_at(os::current_directory(), path) && path != "/") path = parent_of(path);
  return os::is_writable_directory(path);
}

void make_with_parents(const std::string& path) {
  if (os::status_at(os::current_directory(), path)) return;
  if (path != "/") make_with_parents(parent_of(path));
  (void)os::make_directory_at(os::current_directory(), path, 0700);
}

[[noreturn]] void refuse(const std::string& path, const std::string& why, const std::string& hint = {}) {
  throw Error(Errc::state_dir_refused, "use state directory '" + printable(path) + "': " + why, hint);
}

}  // namespace

std::string absolute_path(const std::string& path) {
  if (!path.empty() && path[0] == '/') return without_trailing_slashes(path);
  const std::string here = os::current_path();
  if (here.empty())
    throw Error(std::error_code(ENOENT, std::system_category()),
                "find '" + printable(path) + "': current directory");
  return path == "." ? here : without_trailing_slashes(here + "/" + path);
}

std::string default_state_path() {
  if (const char* named = std::getenv("BROOD_STATE_DIR"); named && *named) return absolute_path(named);
  if (const std::string base = absolute_variable("XDG_STATE_HOME"); !base.empty() && is_usable(base))
    return base + "/brood";
  if (const std::string home = absolute_variable("HOME"); !home.empty() && is_usable(home))
    return without_trailing_slashes(home) + "/.local/state/brood";
  const uid_t uid = os::effective_uid();
  return uid == 0 ? "/run/brood" : "/tmp/brood-" + std::to_string(uid);
}

StateDir StateDir::checked(const std::string& path, os::Fd fd) {
  const os::FileStatus status = os::status_of(fd.get());
  if (const std::string why = os::why_not_ours(status); !why.empty())
    refuse(path, why,
           std::string(status.owner == os::effective_uid() ? "chmod go-w it, or choose" : "choose") +
               " another one with --state-dir or BROOD_STATE_DIR");
  // These are on the way to every job, and may have been put there when the directory was open to others.
  for (const char* name : {names::jobs, names::index}) {
    const auto below = os::status_at(fd.get(), name);
    if (!below) continue;
    const std::string why =
        below->kind == os::FileKind::link ? "it is a symbolic link" : os::why_not_ours(*below);
    if (!why.empty()) refuse(path, std::string(name) + ": " + why);
  }
  return {path, std::move(fd)};
}

std::optional<StateDir> StateDir::find(const std::string& path) {
  std::optional<os::Fd> fd;
  try {
    fd = os::find_directory(path);
  } catch (const Error& problem) {
    if (problem.code() != Errc::state_dir_refused) throw;
    refuse(path, printable(problem.doing()));
  }
  if (!fd) return std::nullopt;
  return checked(path, std::move(*fd));
}

StateDir StateDir::make(const std::string& path) {
  auto found = find(path);
  if (!found) {
    const os::PrivateUmask umask;
    make_with_parents(path);
    found = find(path);
    if (!found)
      throw Error(std::error_code(ENOENT, std::system_category()), "open '" + printable(path) + "'");
  }
  return std::move(*found);
}

StateDir StateDir::adopt(std::string path, os::Fd fd) { return {std::move(path), std::move(fd)}; }

std::string StateDir::job_path(JobId id) const {
  return path_ + "/" + names::jobs + "/" + std::to_string(id);
}

std::vector<JobId> StateDir::job_ids() const {
  std::vector<JobId> ids;
  const auto jobs = os::find_at(fd(), names::jobs, os::Open::directory);
  if (!jobs) return ids;
  for (const auto& name : os::names_in(jobs->get()))
    if (const auto id = parse_integer(name, 1, most_ids); id && std::to_string(*id) == name)
      ids.push_back(*id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

JobId StateDir::highest_id() const {
  const auto ids = job_ids();
  return ids.empty() ? 0 : ids.back();
}

JobId StateDir::take_id() const {
  const os::Fd file = os::open_file_at(fd(), names::next_id, os::Open::create);
  os::lock(file.get(), os::Lock::exclusive);
  std::string text;
  os::read_at(file.get(), 0, counter_digits, text);
  const auto end = text.find_first_of(" \n");
  auto id = parse_integer(std::string_view(text).substr(0, end), 1, most_ids);
  // New, or damaged: numbers in use are the best that is left to go by.
  if (!id) id = highest_id() + 1;
  if (text.empty() && *id == 1) make_index(*this);  // under the lock: whoever comes next finds it
  std::string next = std::to_string(*id + 1);
  next.resize(counter_digits, ' ');
  os::write_at(file.get(), 0, next + "\n");  // in place and always as long: nothing to tear, no space to find
  return *id;
}

os::Fd StateDir::lock_name(const std::string& name) const {
  const os::PrivateUmask umask;
  os::Fd file = os::open_file_at(fd(), names::name_locks, os::Open::create);
  os::lock_slot(file.get(), checksum(name));
  return file;
}

}  // namespace brood::store
