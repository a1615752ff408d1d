// SPDX-License-Identifier: MIT
#include "os/file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "brood/text.hpp"
#include "os/fail.hpp"
#include "os/trust.hpp"

namespace brood::os {
namespace {

int flags_of(Open how) {
  switch (how) {
    case Open::read: return O_RDONLY | O_NOFOLLOW;
    case Open::read_nonblock: return O_RDONLY | O_NONBLOCK | O_NOFOLLOW;
    case Open::read_write: return O_RDWR | O_NOFOLLOW;
    case Open::create_new: return O_RDWR | O_CREAT | O_EXCL;
    case Open::create: return O_RDWR | O_CREAT | O_NOFOLLOW;
    case Open::append: return O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW;
    case Open::directory: return O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
    case Open::place: return O_PATH | O_DIRECTORY | O_NOFOLLOW;
  }
  return O_RDONLY;
}

int try_flags(int dir, const std::string& path, int flags, unsigned mode) {
  flags |= O_CLOEXEC | O_NOCTTY;
  int fd;
  do fd = ::openat(dir, path.c_str(), flags, mode);
  while (fd < 0 && errno == EINTR);
  return fd;
}

int try_open(int dir, const std::string& path, Open how, unsigned mode) {
  const int no_follow = dir == AT_FDCWD ? 0 : flags_of(how) & O_NOFOLLOW;
  return try_flags(dir, path, (flags_of(how) & ~O_NOFOLLOW) | no_follow, mode);
}

// What is named below a directory is ours, or it is refused.
bool is_checked(int dir, Open how) { return dir != AT_FDCWD && how != Open::create_new; }
void check(const FileStatus& status, const std::string& path, Open how) {
  const bool writes = how == Open::read_write || how == Open::create || how == Open::append;
  need_ours(status, path, writes ? Purpose::write : Purpose::read);
}

FileKind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::regular;
  if (S_ISDIR(mode)) return FileKind::directory;
  if (S_ISFIFO(mode)) return FileKind::fifo;
  if (S_ISSOCK(mode)) return FileKind::socket;
  if (S_ISLNK(mode)) return FileKind::link;
  return FileKind::other;
}

WallTime time_from(const timespec& time) {
  return WallTime(std::chrono::milliseconds(std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000));
}

FileStatus status_from(const struct stat& raw) {
  return {kind_of(raw.st_mode),
          static_cast<std::uint64_t>(raw.st_size),
          raw.st_dev,
          raw.st_ino,
          raw.st_uid,
          raw.st_mode & 07777u,
          static_cast<unsigned long>(raw.st_nlink),
          time_from(raw.st_mtim)};
}

// Empty if there is no such file. That is common, so nothing is thrown for it: the first exception of a process makes it
// read tables that it needs for nothing else.
std::optional<FoundFile> try_file(int dir, const std::string& path, Open how, unsigned mode) {
  const auto refuse = [&path] {
    throw Error(Errc::bad_value, "open '" + printable(path) + "': it is not a regular file");
  };
  Fd fd(try_flags(dir, path, flags_of(how) | O_NOFOLLOW | O_NONBLOCK, mode));
  if (!fd && errno == ENOENT) return std::nullopt;
  // A link; a directory that is to be written; a socket, a FIFO without a reader, a device without a driver.
  if (!fd && (errno == ELOOP || errno == EISDIR || errno == ENXIO || errno == ENODEV)) refuse();
  if (!fd) fail("open", path);
  const FileStatus status = status_of(fd.get());
  if (status.kind != FileKind::regular) refuse();
  if (is_checked(dir, how)) check(status, path, how);
  // It means nothing to a regular file, but whoever gets the descriptor in the end would see it.
  if (how == Open::append && ::fcntl(fd.get(), F_SETFL, O_APPEND) != 0) fail("open", path);
  return FoundFile{std::move(fd), status.size};
}

[[noreturn]] void refuse_size(const std::string& doing, std::size_t most) {
  throw Error(Errc::bad_value, doing + ": it has more than " + std::to_string(most) + " bytes");
}

}  // namespace

int current_directory() noexcept { return AT_FDCWD; }

Fd open_at(int dir, const std::string& path, Open how, unsigned mode) {
  Fd fd(try_open(dir, path, how, mode));
  if (!fd) fail("open", path);
  if (is_checked(dir, how)) check(status_of(fd.get()), path, how);
  return fd;
}

std::optional<Fd> find_at(int dir, const std::string& path, Open how) {
  Fd fd(try_open(dir, path, how, 0600));
  if (!fd && errno == ENOENT) return std::nullopt;
  if (!fd) fail("open", path);
  if (is_checked(dir, how)) check(status_of(fd.get()), path, how);
  return fd;
}

Fd open_file_at(int dir, const std::string& path, Open how, unsigned mode) {
  auto found = try_file(dir, path, how, mode);
  if (!found) fail(ENOENT, "open", path);
  return std::move(found->fd);
}

std::optional<FoundFile> find_file_at(int dir, const std::string& path, Open how) {
  return try_file(dir, path, how, 0600);
}

std::optional<std::string> read_file_at(int dir, const std::string& path, std::size_t most) {
  const auto file = find_file_at(dir, path, Open::read);
  if (!file) return std::nullopt;
  if (file->size > most) refuse_size("read '" + printable(path) + "'", most);
  std::string bytes;
  read_at(file->fd.get(), 0, static_cast<std::size_t>(file->size), bytes);
  return bytes;
}

FileStatus status_of(int fd) {
  struct stat raw;
  if (::fstat(fd, &raw) != 0) fail("look at an open file");
  return status_from(raw);
}

std::optional<FileStatus> status_at(int dir, const std::string& path) {
  struct stat raw;
  if (::fstatat(dir, path.c_str(), &raw, AT_SYMLINK_NOFOLLOW) == 0) return status_from(raw);
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  fail("look at", path);
}

void read_at(int fd, std::uint64_t offset, std::size_t most, std::string& buffer) {
  buffer.resize(most);
  std::size_t got = 0;
  while (got < most) {
    const ssize_t n = ::pread(fd, buffer.data() + got, most - got, static_cast<off_t>(offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("read from a file");
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  buffer.resize(got);
}

std::string read_all(int fd, std::size_t most) {
  // One read for the common small file, without asking for its size first (files in /proc have none).
  constexpr std::size_t step = 16384;
  std::string all;
  std::string part;
  do {
    read_at(fd, all.size(), step, part);
    all += part;
    if (all.size() > most) refuse_size("read", most);
  } while (part.size() == step);
  return all;
}

std::string read_stream(int fd, std::size_t most) {
  std::string all;
  char buffer[4096];
  while (all.size() < most) {
    const ssize_t n = ::read(fd, buffer, std::min(sizeof buffer, most - all.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("read from a file");
    if (n == 0) break;
    all.append(buffer, static_cast<std::size_t>(n));
  }
  return all;
}

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("write to a file");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void write_at(int fd, std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("write to a file");
    bytes.remove_prefix(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
}

bool touch_at(int dir, const std::string& path) {
  const Fd fd(try_open(dir, path, Open::create, 0600));
  if (!fd && errno != ENOENT && errno != ENOTDIR) fail("open", path);
  return static_cast<bool>(fd);
}

bool make_directory_at(int dir, const std::string& path, unsigned mode) {
  if (::mkdirat(dir, path.c_str(), mode) == 0) return true;
  if (errno == EEXIST) return false;
  fail("make directory", path);
}

bool make_fifo_at(int dir, const std::string& path) {
  if (::mkfifoat(dir, path.c_str(), 0600) == 0) return true;
  if (errno == EEXIST) return false;
  fail("make FIFO", path);
}

void rename_at(int dir, const std::string& from, const std::string& to) {
  if (::renameat(dir, from.c_str(), dir, to.c_str()) != 0) fail("rename", from);
}

Fd write_new_file_at(int dir, const std::string& path, std::string_view bytes) {
  Fd fd = open_at(dir, path, Open::create_new);
  try {
    write_all(fd.get(), bytes);
  } catch (const Error& problem) {
    throw Error(problem.code(), "write '" + printable(path) + "'");
  }
  return fd;
}

void replace_file_at(int dir, const std::string& path, std::string_view bytes) {
  const std::string unfinished = path + ".new";
  remove_file_at(dir, unfinished);
  try {
    (void)write_new_file_at(dir, unfinished, bytes);
    rename_at(dir, unfinished, path);
  } catch (const Error&) {
    remove_file_at(dir, unfinished);
    throw;
  }
}

void remove_file_at(int dir, const std::string& path) {
  if (::unlinkat(dir, path.c_str(), 0) != 0 && errno != ENOENT) fail("remove", path);
}

bool remove_directory_at(int dir, const std::string& path) {
  if (::unlinkat(dir, path.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return true;
  if (errno == ENOTEMPTY || errno == EEXIST) return false;
  fail("remove", path);
}

void set_mode(int fd, unsigned mode) {
  if (::fchmod(fd, mode) != 0) fail("set the permissions of a file");
}

std::vector<std::string> names_in(int dir) {
  // fdopendir takes its descriptor over, and its position; so it gets one of its own.
  Fd own(try_open(dir, ".", Open::directory, 0));
  if (!own) fail("list a directory");
  std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(own.get()), ::closedir);
  if (!stream) fail("list a directory");
  (void)own.release();
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) fail("list a directory");
  return names;
}

std::string current_path() {
  char buffer[4096];
  if (!::getcwd(buffer, sizeof buffer) || buffer[0] != '/') return {};
  return buffer;
}

}  // namespace brood::os
