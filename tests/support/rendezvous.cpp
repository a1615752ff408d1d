// SPDX-License-Identifier: MIT
#include "support/rendezvous.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <system_error>

#include "os/file.hpp"
#include "os/poll.hpp"
#include "os/process.hpp"

namespace brood::test {
namespace {

// For reading and writing: so opening it never blocks, on either side, and it never comes to its end by itself.
os::Fd open_fifo(const std::string& path) {
  (void)os::make_fifo_at(os::current_directory(), path);
  return os::open_at(os::current_directory(), path, os::Open::read_write);
}

}  // namespace

void await_ready(int fd) {
  std::vector<pollfd> one{{fd, POLLIN, 0}};
  if (!os::poll(one, os::steady_now() + watchdog))
    throw std::runtime_error("nothing came; the watchdog barked");
}

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::system_category(), "pipe");
  return {os::Fd(ends[0]), os::Fd(ends[1])};
}

std::string read_to_end(int fd) {
  std::string all;
  char buffer[4096];
  for (;;) {
    await_ready(fd);
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw std::system_error(errno, std::system_category(), "read");
    if (n == 0) return all;
    all.append(buffer, static_cast<std::size_t>(n));
  }
}

char read_byte(int fd) {
  await_ready(fd);
  char byte = 0;
  if (::read(fd, &byte, 1) != 1) throw std::runtime_error("the other side has gone");
  return byte;
}

void write_byte(int fd, char byte) { os::write_all(fd, std::string_view(&byte, 1)); }

Reported::Reported(pid_t pid, std::string text) : pid_(pid), text_(std::move(text)) {
  if (auto pidfd = os::open_pidfd(pid)) pidfd_ = std::move(*pidfd);
}

bool Reported::is_gone() const { return !pidfd_ || os::is_ready(pidfd_.get()); }

void Reported::await_end() const {
  if (pidfd_) await_ready(pidfd_.get());
}

Reports::Reports(const TempDir& dir, std::string_view name) : path_(dir / name), fd_(open_fifo(path_)) {}

void Reports::take_in() {
  char buffer[512];
  const ssize_t n = ::read(fd_.get(), buffer, sizeof buffer);
  if (n <= 0) throw std::runtime_error("the FIFO for reports cannot be read");
  unfinished_.append(buffer, static_cast<std::size_t>(n));
  for (std::size_t end = unfinished_.find('\n'); end != std::string::npos; end = unfinished_.find('\n')) {
    const std::string line = unfinished_.substr(0, end);
    unfinished_.erase(0, end + 1);
    const std::size_t space = line.rfind(' ');
    lines_.push_back({line.substr(0, space), static_cast<pid_t>(std::stoi(line.substr(space + 1)))});
  }
}

Reported Reports::await(const std::string& text) {
  for (;;) {
    const auto found =
        std::find_if(lines_.begin(), lines_.end(), [&](const Line& line) { return line.text == text; });
    if (found != lines_.end()) {
      Reported who(found->pid, found->text);
      lines_.erase(found);
      return who;
    }
    await_ready(fd_.get());
    take_in();
  }
}

bool Reports::heard(const std::string& text) {
  while (os::is_ready(fd_.get())) take_in();
  return std::any_of(lines_.begin(), lines_.end(), [&](const Line& line) { return line.text == text; });
}

Hold::Hold(const TempDir& dir, std::string_view name) : path_(dir / name), fd_(open_fifo(path_)) {}

}  // namespace brood::test
