// SPDX-License-Identifier: MIT
#include "os/trust.hpp"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <vector>

#include "os/fail.hpp"
#include "os/process.hpp"

namespace brood::os {
namespace {

constexpr unsigned writable_by_others = 022;
constexpr int most_links = 40;  // as the kernel has it
constexpr const char* hint =
    "remove it if it is not yours; else make it your own, with chown, chmod go-w or cp";

std::string link_text(const Fd& link) {
  char text[PATH_MAX];
  const ssize_t size = ::readlinkat(link.get(), "", text, sizeof text);
  if (size < 0) fail("read link");
  return {text, static_cast<std::size_t>(size)};
}

Fd open_place(int dir, const std::string& name) {
  return Fd(::openat(dir, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
}

// The steps of a path, the first one last.
void push_steps(const std::string& path, std::vector<std::string>& steps) {
  for (std::size_t end = path.size(); end != std::string::npos && end > 0;) {
    const std::size_t slash = path.find_last_of('/', end - 1);
    const std::size_t start = slash == std::string::npos ? 0 : slash + 1;
    if (end > start) steps.push_back(path.substr(start, end - start));
    end = slash;
  }
}

// The owner of "/" is root, or what root looks like from within a user namespace.
void need_harmless(const FileStatus& link, uid_t owner_of_root, const std::string& name) {
  if (is_trusted(link.owner) || link.owner == owner_of_root) return;
  throw Error(Errc::state_dir_refused, "'" + name + "' is another user's symbolic link");
}

// One step after the other, each from a descriptor: what was looked at is what is followed.
Fd walk(const std::string& path) {
  std::vector<std::string> steps;
  push_steps(path, steps);
  Fd here = open_place(AT_FDCWD, "/");
  const uid_t owner_of_root = here ? status_of(here.get()).owner : 0;
  for (int links = 0; here && !steps.empty();) {
    const std::string name = std::move(steps.back());
    steps.pop_back();
    Fd next = open_place(here.get(), name);
    if (!next) return {};
    const FileStatus status = status_of(next.get());
    if (status.kind != FileKind::link) {
      here = std::move(next);
      continue;
    }
    need_harmless(status, owner_of_root, name);
    if (++links > most_links) fail(ELOOP, "open", path);
    const std::string target = link_text(next);
    if (target.compare(0, 1, "/") == 0) here = open_place(AT_FDCWD, "/");
    push_steps(target, steps);
  }
  return here ? Fd(::openat(here.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) : Fd();
}

}  // namespace

std::string why_not_ours(const FileStatus& status) {
  if (status.owner != effective_uid()) return "it belongs to user " + std::to_string(status.owner);
  if (status.mode & writable_by_others) return "others can write to it";
  return {};
}

void need_ours(const FileStatus& status, const std::string& path, Purpose purpose) {
  std::string why = why_not_ours(status);
  if (why.empty() && purpose == Purpose::write && status.kind == FileKind::regular && status.links > 1)
    why = "it has another name, a hard link";
  if (!why.empty()) throw Error(Errc::state_dir_refused, "open '" + path + "': " + why, hint);
}

std::optional<Fd> find_directory(const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_NO_SYMLINKS;
  // Mostly there are no links. Where there are, or the kernel or a filter does not know this call, it takes longer.
  Fd fd(static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how)));
  if (!fd && errno != ENOENT) fd = walk(path);
  if (fd) return fd;
  if (errno == ENOENT) return std::nullopt;
  fail("open", path);
}

}  // namespace brood::os
