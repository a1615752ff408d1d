// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <poll.h>
#include <unistd.h>

#include "os/file.hpp"
#include "os/poll.hpp"
#include "sentinel/sentinel.hpp"
#include "support/child.hpp"
#include "support/failure.hpp"
#include "support/rendezvous.hpp"

using namespace brood;
using namespace brood::sentinel;
using namespace brood::test;

namespace {

struct JobDirectory : TempDir {
  os::Fd fd = os::open_at(os::current_directory(), path(), os::Open::directory);
  int dir() const { return fd.get(); }
};

short events_of(int fd) {
  pollfd one{fd, POLLIN, 0};
  return ::poll(&one, 1, 0) == 1 ? one.revents : static_cast<short>(0);
}

// Holds the sentinel of a job until it is killed.
Child holder_of(const JobDirectory& job) {
  return Child([&](int output) {
    const Sentinel sentinel = Sentinel::hold(job.dir());
    write_byte(output);
    return ::pause();
  });
}

}  // namespace

TEST_CASE("a job without a sentinel has no keeper") {
  const JobDirectory job;
  CHECK_FALSE(watch(job.dir()));
  CHECK_FALSE(is_held(job.dir()));
}

TEST_CASE("a held sentinel is a FIFO of the owner's that has not hung up") {
  const JobDirectory job;
  const Sentinel sentinel = Sentinel::hold(job.dir());
  const auto status = os::status_at(job.dir(), "sentinel");
  REQUIRE(status.has_value());
  CHECK(status->kind == os::FileKind::fifo);
  CHECK(status->mode == 0600);
  const os::Fd watched = watch(job.dir());
  REQUIRE(watched);
  CHECK(events_of(watched.get()) == 0);
  CHECK(is_held(job.dir()));
}

TEST_CASE("everybody who watches is told of the release") {
  const JobDirectory job;
  Sentinel sentinel = Sentinel::hold(job.dir());
  const os::Fd first = watch(job.dir());
  const os::Fd second = watch(job.dir());
  sentinel.release(job.dir());
  CHECK(events_of(first.get()) == POLLHUP);
  CHECK(events_of(second.get()) == POLLHUP);
}

TEST_CASE("who comes after the release has nothing to wait for") {
  const JobDirectory job;
  Sentinel sentinel = Sentinel::hold(job.dir());
  sentinel.release(job.dir());
  CHECK_FALSE(watch(job.dir()));
  CHECK_FALSE(is_held(job.dir()));
}

TEST_CASE("after the release the sentinel is an empty file, and nothing else is left") {
  const JobDirectory job;
  Sentinel sentinel = Sentinel::hold(job.dir());
  sentinel.release(job.dir());
  const auto status = os::status_at(job.dir(), "sentinel");
  REQUIRE(status.has_value());
  CHECK(status->kind == os::FileKind::regular);
  CHECK(status->size == 0);
  CHECK(os::names_in(job.dir()) == std::vector<std::string>{"sentinel"});
}

TEST_CASE("a plain read of the sentinel ends with the release") {
  const JobDirectory job;
  REQUIRE(os::make_fifo_at(job.dir(), "met"));
  Child holder([&](int output) {
    Sentinel sentinel = Sentinel::hold(job.dir());
    write_byte(output);
    (void)os::open_at(job.dir(), "met", os::Open::read);  // until the reader has opened
    sentinel.release(job.dir());
    return 0;
  });
  (void)read_byte(holder.output());
  const os::Fd reader = os::open_at(job.dir(), "sentinel", os::Open::read);
  const os::Fd met = os::open_at(job.dir(), "met", os::Open::read_write);
  char byte;
  CHECK(::read(reader.get(), &byte, 1) == 0);
  CHECK(holder.wait() == ExitStatus::exited(0));
}

TEST_CASE("only one keeper at a time can hold a sentinel") {
  const JobDirectory job;
  const Sentinel sentinel = Sentinel::hold(job.dir());
  CHECK(failure_of([&] { Sentinel::hold(job.dir()); }).code() == Errc::already_started);
  CHECK(is_held(job.dir()));
}

TEST_CASE("a sentinel that was released can be held again") {
  const JobDirectory job;
  Sentinel sentinel = Sentinel::hold(job.dir());
  sentinel.release(job.dir());
  Sentinel again = Sentinel::hold(job.dir());
  CHECK(is_held(job.dir()));
  const os::Fd watched = watch(job.dir());
  again.release(job.dir());
  CHECK(events_of(watched.get()) == POLLHUP);
}

TEST_CASE("a sentinel is held as long as one of two keepers lives") {
  const JobDirectory job;
  Sentinel sentinel = Sentinel::hold(job.dir());
  const os::Fd watched = watch(job.dir());
  Child guard([&](int output) {
    write_byte(output);
    return ::pause();
  });
  (void)read_byte(guard.output());
  sentinel.drop();
  CHECK(is_held(job.dir()));
  CHECK(events_of(watched.get()) == 0);
  guard.kill();
  await_ready(watched.get());
  CHECK(events_of(watched.get()) == POLLHUP);
  CHECK_FALSE(is_held(job.dir()));
  CHECK(guard.wait() == ExitStatus::signalled(9, false));
}

TEST_CASE("however the holder's death and the look at it fall together, the watcher learns of it") {
  const JobDirectory job;
  for (int round = 0; round < 200; ++round) {
    Child holder = holder_of(job);
    (void)read_byte(holder.output());
    os::Fd before;
    if (round % 2 == 0) before = watch(job.dir());
    holder.kill();
    const os::Fd after = watch(job.dir());
    if (before) await_ready(before.get());
    if (after) await_ready(after.get());
    if (before) CHECK(events_of(before.get()) == POLLHUP);
    if (after) CHECK(events_of(after.get()) == POLLHUP);
    (void)holder.wait();
    CHECK_FALSE(is_held(job.dir()));
  }
}

TEST_CASE("the sentinel of a keeper that was killed can be taken over") {
  const JobDirectory job;
  {
    Child holder = holder_of(job);
    (void)read_byte(holder.output());
  }
  const Sentinel sentinel = Sentinel::hold(job.dir());
  CHECK(is_held(job.dir()));
}

TEST_CASE("a release into a directory that has gone still lets everybody go") {
  JobDirectory job;
  Sentinel sentinel = Sentinel::hold(job.dir());
  const os::Fd watched = watch(job.dir());
  os::remove_file_at(job.dir(), "sentinel");
  REQUIRE(::rmdir(job.path().c_str()) == 0);
  sentinel.release(job.dir());
  CHECK(events_of(watched.get()) == POLLHUP);
}
