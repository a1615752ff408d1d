// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "os/file.hpp"
#include "os/process.hpp"
#include "os/socket.hpp"
#include "support/failure.hpp"
#include "support/rendezvous.hpp"

using namespace brood;
using namespace brood::os;
using namespace brood::test;
using namespace std::chrono_literals;

TEST_CASE("bytes arrive whole, in their order") {
  const auto [mine, theirs] = socket_pair();
  send_all(mine.get(), "hello, ");
  send_all(mine.get(), "world");
  std::string bytes = "> ";
  std::vector<Fd> fds;
  CHECK(receive_exactly(theirs.get(), 12, bytes, fds));
  CHECK(bytes == "> hello, world");
  CHECK(fds.empty());
}

TEST_CASE("descriptors come along with the first byte, close-on-exec") {
  const auto [mine, theirs] = socket_pair();
  const Pipe pipe = make_pipe();
  const int sent[] = {pipe.read.get(), pipe.write.get()};
  send_all(mine.get(), "xyz", sent);
  std::string bytes;
  std::vector<Fd> fds;
  CHECK(receive_exactly(theirs.get(), 3, bytes, fds));
  CHECK(bytes == "xyz");
  REQUIRE(fds.size() == 2);
  CHECK(status_of(fds[0].get()).inode == status_of(pipe.read.get()).inode);
  for (const Fd& fd : fds) CHECK((::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
  write_byte(fds[1].get(), 'p');
  CHECK(read_byte(pipe.read.get()) == 'p');
}

TEST_CASE("as many descriptors as the kernel allows can be sent at once, more are refused") {
  const auto [mine, theirs] = socket_pair();
  const Fd null = open_at(current_directory(), "/dev/null", Open::read);
  send_all(mine.get(), "x", std::vector<int>(253, null.get()));
  std::string bytes;
  std::vector<Fd> fds;
  CHECK(receive_exactly(theirs.get(), 1, bytes, fds));
  CHECK(fds.size() == 253);
  const std::vector<int> too_many(254, null.get());
  CHECK(failure_of([&, &socket = mine] { send_all(socket.get(), "x", too_many); }).code() ==
        system_error(E2BIG));
}

TEST_CASE("an end before the first byte is no failure, one in the middle is") {
  auto [mine, theirs] = socket_pair();
  std::string bytes;
  std::vector<Fd> fds;
  send_all(mine.get(), "abc");
  mine.reset();
  CHECK(failure_of([&, &socket = theirs] { receive_exactly(socket.get(), 4, bytes, fds); }).code() ==
        system_error(ECONNRESET));
  CHECK_FALSE(receive_exactly(theirs.get(), 1, bytes, fds));
}

TEST_CASE("nothing by the deadline is told as such") {
  const auto [mine, theirs] = socket_pair();
  std::string bytes;
  std::vector<Fd> fds;
  CHECK_FALSE(receive_exactly(theirs.get(), 1, bytes, fds, steady_now() - 1s));
}

TEST_CASE("sending to nobody is an error, not a signal") {
  auto [mine, theirs] = socket_pair();
  theirs.reset();
  CHECK(failure_of([&, &socket = mine] { send_all(socket.get(), "x"); }).code() == system_error(EPIPE));
}

TEST_CASE("what is there is read at once, and the end is told") {
  auto [mine, theirs] = socket_pair();
  std::string bytes;
  CHECK(receive_some(theirs.get(), bytes));
  CHECK(bytes == "");
  const std::string large(20'000, 'x');
  send_all(mine.get(), large);
  CHECK(receive_some(theirs.get(), bytes));
  CHECK(bytes == large);
  mine.reset();
  CHECK_FALSE(receive_some(theirs.get(), bytes));
}

TEST_CASE("both ends know whose the other one is") {
  const auto [mine, theirs] = socket_pair();
  CHECK(peer_uid(mine.get()) == ::geteuid());
}

TEST_CASE("nobody listens where a path leads that has been led elsewhere") {
  const TempDir here, elsewhere;
  const os::Fd dir = os::open_at(os::current_directory(), here.path(), os::Open::directory);
  CHECK(failure_of([&] { return os::listen_at(dir.get(), elsewhere.path(), "control"); }).code().value() ==
        ESTALE);
  CHECK_FALSE(os::status_at(dir.get(), "control").has_value());
}
