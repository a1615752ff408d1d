// SPDX-License-Identifier: MIT
// say FIFO TEXT    writes "TEXT PID" to the FIFO
// open FIFO        opens it for writing and closes it, for one that reads it
// hold FIFO        stays until the FIFO has no writer any more
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>

#include "probe/probe.hpp"

namespace probe {
namespace {

std::map<std::string, int> gates;

void hold(int gate) {
  for (;;) {
    pollfd one{gate, POLLIN, 0};
    const int ready = ::poll(&one, 1, -1);
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) give_up("poll failed");
  }
}

}  // namespace

void open_gates(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    if (words[i] == "hold" && !gates.count(words[i + 1]))
      gates[words[i + 1]] = ::open(words[i + 1].c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

int open_reports(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) give_up("nobody listens at " + path);
  return fd;
}

void say(int fd, const char* text) noexcept {
  char line[256];
  std::size_t length = std::strlen(text);
  if (length > 200) length = 200;
  std::memcpy(line, text, length);
  line[length++] = ' ';
  char digits[16];
  std::size_t count = 0;
  for (int pid = ::getpid(); pid > 0; pid /= 10) digits[count++] = static_cast<char>('0' + pid % 10);
  while (count > 0) line[length++] = digits[--count];
  line[length++] = '\n';
  if (::write(fd, line, length) < 0) ::_exit(114);
}

bool do_meeting(std::string_view word, Script& script) {
  if (word == "say") {
    const int fd = open_reports(script.next());
    say(fd, script.next().c_str());
    ::close(fd);
  } else if (word == "open") {
    ::close(::open(script.next().c_str(), O_WRONLY | O_CLOEXEC));
  } else if (word == "hold") {
    const int gate = gates[script.next()];
    // Opened after the last writer left, a FIFO never reports a hang-up to poll; but reading finds its end.
    char byte;
    if (gate >= 0 && ::read(gate, &byte, 1) < 0 && errno == EAGAIN) hold(gate);
  } else {
    return false;
  }
  return true;
}

}  // namespace probe
