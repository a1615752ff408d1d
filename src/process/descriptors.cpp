// SPDX-License-Identifier: MIT
#include "process/descriptors.hpp"

#include <algorithm>
#include <string>

#include "brood/error.hpp"
#include "os/file.hpp"
#include "os/pipe.hpp"
#include "os/process.hpp"
#include "os/socket.hpp"

namespace brood::process {
namespace {

void set_stream(Streams& streams, int number, const Stream& wanted) {
  const bool is_input = number == 0;
  os::Fd& theirs = streams.theirs[number];
  switch (wanted.kind()) {
    case Stream::Kind::inherit: return;
    case Stream::Kind::null:
      theirs =
          os::open_at(os::current_directory(), "/dev/null", is_input ? os::Open::read : os::Open::read_write);
      break;
    case Stream::Kind::file:
      theirs = os::open_at(os::current_directory(), wanted.path(),
                           is_input ? os::Open::read : os::Open::append, 0666);
      break;
    case Stream::Kind::pipe: {
      auto ends = os::make_pipe();
      theirs = std::move(is_input ? ends.read : ends.write);
      streams.ours[number] = OwnFd(os::above_streams(std::move(is_input ? ends.write : ends.read)));
      break;
    }
    case Stream::Kind::descriptor: theirs = os::duplicate(wanted.fd()); break;
  }
  theirs = os::above_streams(std::move(theirs));
  streams.fds[number] = theirs.get();
}

}  // namespace

Streams open_streams(const ProcessOptions& options) {
  Streams streams;
  set_stream(streams, 0, options.in);
  set_stream(streams, 1, options.out);
  set_stream(streams, 2, options.err);
  return streams;
}

std::vector<int> checked_descriptors(std::vector<int> fds) {
  std::sort(fds.begin(), fds.end());
  fds.erase(std::unique(fds.begin(), fds.end()), fds.end());
  for (const int fd : fds)
    if (fd < 3 || !os::is_open(fd))
      throw Error(Errc::bad_value,
                  "pass descriptor " + std::to_string(fd) +
                      (fd >= 0 && fd < 3 ? ": that is a standard stream" : ": it is not open"));
  return fds;
}

}  // namespace brood::process
