// SPDX-License-Identifier: MIT
#include "brood/console.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "brood/text.hpp"
#include "os/fail.hpp"
#include "os/file.hpp"
#include "os/process.hpp"
#include "os/signals.hpp"

namespace brood::console {

void open_missing_streams() {
  // The lowest free number is used, so going upwards fills each gap with itself.
  // Only for reading: what is written there fails, as it would have on the closed one.
  for (int fd = 0; fd <= 2; ++fd)
    if (!os::is_open(fd) && ::open("/dev/null", O_RDONLY) < 0) os::fail("open", "/dev/null");
}

void ignore_file_size_signal() { os::ignore_file_size_signal(); }

bool is_terminal(Stream stream) { return ::isatty(static_cast<int>(stream)) == 1; }

std::optional<std::size_t> width(Stream stream) {
  winsize size{};
  if (::ioctl(static_cast<int>(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return std::nullopt;
  return size.ws_col;
}

void write(Stream stream, std::string_view text) { os::write_all(static_cast<int>(stream), text); }

void die_by_signal(int signal) {
  // Not dumpable: no core, whatever the limits and the core pattern say.
  (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  os::set_default(signal);
  os::unblock(signal);
  os::raise_signal(signal);
  os::exit_now(128 + signal);
}

void exit_now(int status) { os::exit_now(status); }

bool is_inherited(int fd) {
  const int flags = ::fcntl(fd, F_GETFD);
  return flags >= 0 && !(flags & FD_CLOEXEC);
}

std::string read_file(const std::string& path, std::size_t most) {
  const std::string doing = "read '" + printable(path) + "'";
  std::string text;
  try {
    text = os::read_stream(os::open_at(os::current_directory(), path, os::Open::read).get(), most + 1);
  } catch (const Error& problem) {
    throw Error(problem.code(), doing);
  }
  if (text.size() <= most) return text;
  throw Error(Errc::bad_value, doing + ": it has more than " + std::to_string(most) + " bytes");
}

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (!value) return std::nullopt;
  return value;
}

}  // namespace brood::console
