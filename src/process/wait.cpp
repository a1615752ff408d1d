// SPDX-License-Identifier: MIT
#include "brood/wait.hpp"

#include <algorithm>
#include <string>

#include "os/poll.hpp"

namespace brood {
namespace {

using Fds = std::vector<pollfd>;

bool is_before(const pollfd& entry, int fd) { return entry.fd < fd; }

// Each descriptor once, by number: poll(2) refuses more entries than there can be descriptors.
Fds merged(std::span<const Waitable> objects) {
  Fds fds;
  fds.reserve(objects.size());
  for (const Waitable& object : objects) fds.push_back({object.fd(), POLLIN, 0});
  std::sort(fds.begin(), fds.end(), [](const pollfd& a, const pollfd& b) { return a.fd < b.fd; });
  fds.erase(
      std::unique(fds.begin(), fds.end(), [](const pollfd& a, const pollfd& b) { return a.fd == b.fd; }),
      fds.end());
  return fds;
}

const pollfd& entry_of(const Fds& fds, int fd) {
  return *std::lower_bound(fds.begin(), fds.end(), fd, is_before);
}

[[noreturn]] void refuse(std::size_t index, int fd, const char* why) {
  throw Error(Errc::bad_value,
              "wait for object " + std::to_string(index) + ": descriptor " + std::to_string(fd) + why);
}

void refuse_closed(std::span<const Waitable> objects, const Fds& fds) {
  for (std::size_t i = 0; i < objects.size(); ++i)
    if (entry_of(fds, objects[i].fd()).revents & POLLNVAL) refuse(i, objects[i].fd(), " is not open");
}

// More entries than may be open at once: unless the limit was lowered meanwhile, some of them are not open.
void look_one_by_one(Fds& fds) {
  for (pollfd& entry : fds) {
    Fds one{entry};
    (void)os::poll(one, os::steady_now());
    entry = one.front();
  }
}

}  // namespace

std::vector<std::size_t> wait(std::span<const Waitable> objects,
                              std::optional<std::chrono::steady_clock::time_point> deadline) {
  std::vector<std::size_t> ready;
  if (objects.empty()) return ready;
  for (std::size_t i = 0; i < objects.size(); ++i)
    if (objects[i].fd() < 0) refuse(i, objects[i].fd(), " is none");
  Fds fds = merged(objects);
  try {
    if (!os::poll(fds, deadline)) return ready;
  } catch (const Error& problem) {
    if (problem.code() != std::errc::invalid_argument) throw;
    look_one_by_one(fds);
    refuse_closed(objects, fds);
    throw;
  }
  refuse_closed(objects, fds);
  for (std::size_t i = 0; i < objects.size(); ++i)
    if (entry_of(fds, objects[i].fd()).revents != 0) ready.push_back(i);
  return ready;
}

std::vector<std::size_t> wait(std::span<const Waitable> objects) { return wait(objects, std::nullopt); }

}  // namespace brood
