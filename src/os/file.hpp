// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os/clock.hpp"
#include "os/fd.hpp"

namespace brood::os {

enum class FileKind { regular, directory, fifo, socket, link, other };

struct FileStatus {
  FileKind kind = FileKind::other;
  std::uint64_t size = 0;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  uid_t owner = 0;
  unsigned mode = 0;  // permission bits
  unsigned long links = 0;
  WallTime modified{};
};

enum class Open {
  read,           // an existing file
  read_nonblock,  // the same, and a FIFO opens at once
  read_write,     // an existing file or FIFO
  create_new,     // made by this call, for reading and writing
  create,         // for reading and writing, made where missing
  append,         // for writing at the end, made where missing
  directory,      // to name things below it
  place,          // a directory that need not be readable: to go there, or to name things below it
};

/// Descriptors of a directory that stand for "relative to nothing", as AT_FDCWD does.
int current_directory() noexcept;

/// All of these name `path` below the directory `dir`, never follow a link as the last step (but when `dir` is
/// current_directory()), and throw "verb 'path': why". New files get `mode` less the umask. What is there already must be
/// ours alone, see os/trust, unless `dir` is current_directory().
Fd open_at(int dir, const std::string& path, Open how, unsigned mode = 0600);
/// The same, empty where there is no such file.
std::optional<Fd> find_at(int dir, const std::string& path, Open how);

/// These two are for brood's own files, which are regular ones. Whatever else bears the name (a FIFO, a device, a socket,
/// a directory, a link) is refused without waiting for anybody: Errc::bad_value.
Fd open_file_at(int dir, const std::string& path, Open how, unsigned mode = 0600);
struct FoundFile {
  Fd fd;
  std::uint64_t size = 0;
};
std::optional<FoundFile> find_file_at(int dir, const std::string& path, Open how);
/// Such a file, whole. Errc::bad_value if it has more than `most` bytes.
std::optional<std::string> read_file_at(int dir, const std::string& path, std::size_t most);

FileStatus status_of(int fd);
std::optional<FileStatus> status_at(int dir, const std::string& path);

/// The whole file from its start, whatever the descriptor's position. Errc::bad_value if it has more than `most` bytes.
std::string read_all(int fd, std::size_t most = std::string::npos);
/// All that can still be read, also from a pipe; no more than `most` bytes.
std::string read_stream(int fd, std::size_t most = std::string::npos);
/// Reads at most `most` bytes at `offset` into `buffer` (replacing it); fewer only at the end of the file.
void read_at(int fd, std::uint64_t offset, std::size_t most, std::string& buffer);
void write_all(int fd, std::string_view bytes);
void write_at(int fd, std::uint64_t offset, std::string_view bytes);

/// An empty file, 0600, where there is none. False if its directory does not exist.
bool touch_at(int dir, const std::string& path);
/// False if it existed already.
bool make_directory_at(int dir, const std::string& path, unsigned mode);
/// False if it existed already.
bool make_fifo_at(int dir, const std::string& path);
void rename_at(int dir, const std::string& from, const std::string& to);
/// A new file of these bytes; it stays, half written, if they do not fit.
Fd write_new_file_at(int dir, const std::string& path, std::string_view bytes);
/// Puts a file of these bytes, 0600, in the place of whatever has that name: it is seen whole or not at all. Written as
/// NAME.new first; what a writer that was killed has left there is taken away.
void replace_file_at(int dir, const std::string& path, std::string_view bytes);
/// These two are content if the thing is not there.
void remove_file_at(int dir, const std::string& path);
/// False if it is not empty.
bool remove_directory_at(int dir, const std::string& path);
void set_mode(int fd, unsigned mode);

/// Names in a directory, without "." and "..", in no order.
std::vector<std::string> names_in(int dir);

std::string current_path();  // empty where it cannot be told (deleted, out of reach)

}  // namespace brood::os
