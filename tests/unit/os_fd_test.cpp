// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "os/fd.hpp"
#include "os/file.hpp"
#include "os/lock.hpp"
#include "os/process.hpp"
#include "support/child.hpp"
#include "support/failure.hpp"
#include "support/rendezvous.hpp"

using namespace brood;
using namespace brood::os;
using namespace brood::test;

namespace {

Fd null_device() { return open_at(current_directory(), "/dev/null", Open::read_write); }

bool is_slot_taken(int fd, std::int64_t slot) {
  struct flock range = {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = slot;
  range.l_len = 1;
  REQUIRE(::fcntl(fd, F_OFD_GETLK, &range) == 0);
  return range.l_type != F_UNLCK;
}

Fd open_file(const TempDir& dir) { return open_at(current_directory(), dir / "file", Open::create); }

}  // namespace

TEST_CASE("a descriptor closes with its owner") {
  int number;
  {
    const Fd fd = null_device();
    number = fd.get();
    CHECK(is_open(number));
  }
  CHECK_FALSE(is_open(number));
}

TEST_CASE("a moved descriptor has one owner") {
  Fd first = null_device();
  const int number = first.get();
  Fd second(std::move(first));
  CHECK_FALSE(first);
  CHECK(second.get() == number);
  Fd third = null_device();
  const int replaced = third.get();
  third = std::move(second);
  CHECK_FALSE(is_open(replaced));
  CHECK(third.get() == number);
  CHECK(is_open(number));
}

TEST_CASE("a descriptor moved to itself stays open") {
  Fd fd = null_device();
  Fd& same = fd;
  fd = std::move(same);
  REQUIRE(fd);
  CHECK(is_open(fd.get()));
}

TEST_CASE("a released descriptor stays open, a reset one does not") {
  Fd fd = null_device();
  const int number = fd.release();
  CHECK_FALSE(fd);
  CHECK(is_open(number));
  fd.reset(number);
  fd.reset();
  CHECK_FALSE(is_open(number));
}

TEST_CASE("closing keeps errno") {
  errno = EXDEV;
  close_quietly(-1);
  CHECK(errno == EXDEV);
}

TEST_CASE("what is opened or duplicated does not survive exec, what is placed does") {
  const Fd fd = null_device();
  CHECK((::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
  const Fd copy = duplicate(fd.get(), 70);
  CHECK(copy.get() >= 70);
  CHECK((::fcntl(copy.get(), F_GETFD) & FD_CLOEXEC) != 0);
  place(fd.get(), 80);
  CHECK((::fcntl(80, F_GETFD) & FD_CLOEXEC) == 0);
  close_quietly(80);
}

TEST_CASE("all descriptors but the kept ones are closed") {
  Child child([](int output) {
    const Fd null = null_device();
    for (const int number : {90, 91, 92, 93, 400}) place(null.get(), number);
    const int keep[] = {2, output, 91, 93};
    close_all_but(3, keep, 4);
    const bool is_right = is_open(0) && is_open(output) && !is_open(90) && is_open(91) && !is_open(92) &&
                          is_open(93) && !is_open(400);
    return is_right ? 0 : 1;
  });
  CHECK(child.wait() == ExitStatus::exited(0));
}

TEST_CASE("an exclusive lock excludes, a shared one admits its like") {
  const TempDir dir;
  const Fd first = open_file(dir);
  const Fd second = open_file(dir);
  CHECK(try_lock(first.get(), Lock::exclusive));
  CHECK_FALSE(try_lock(second.get(), Lock::shared));
  unlock(first.get());
  CHECK(try_lock(second.get(), Lock::shared));
  CHECK(try_lock(first.get(), Lock::shared));
  CHECK_FALSE(try_lock(first.get(), Lock::exclusive));
}

TEST_CASE("the kernel takes a lock back when its holder is killed") {
  const TempDir dir;
  Child holder([&](int output) {
    const Fd file = open_file(dir);
    lock(file.get(), Lock::exclusive);
    write_byte(output);
    return ::pause();
  });
  (void)read_byte(holder.output());
  const Fd file = open_file(dir);
  CHECK_FALSE(try_lock(file.get(), Lock::exclusive));
  holder.kill();
  lock(file.get(), Lock::exclusive);  // comes back only if it was
  CHECK(holder.wait() == ExitStatus::signalled(9, false));
}

TEST_CASE("slots of a file are locked apart, until the descriptor closes") {
  const TempDir dir;
  const Fd looker = open_file(dir);
  Fd holder = open_file(dir);
  lock_slot(holder.get(), 5);
  lock_slot(holder.get(), 0xffff'ffff'ffff'fff5);
  CHECK(is_slot_taken(looker.get(), 5));
  CHECK(is_slot_taken(looker.get(), 0x3fff'ffff'ffff'fff5));
  CHECK_FALSE(is_slot_taken(looker.get(), 4));
  CHECK_FALSE(is_slot_taken(looker.get(), 6));
  holder.reset();
  CHECK_FALSE(is_slot_taken(looker.get(), 5));
}

TEST_CASE("who holds the lock of a slot is alone with what it guards") {
  const TempDir dir;
  dir.file("count", "0");
  const auto count_up = [&] {
    const Fd guard = open_file(dir);
    lock_slot(guard.get(), 7);
    const int count = std::stoi(contents_of(dir / "count"));
    write_at(open_at(current_directory(), dir / "count", Open::read_write).get(), 0,
             std::to_string(count + 1));
  };
  std::vector<Child> children;
  for (int i = 0; i < 4; ++i)
    children.emplace_back([&](int) {
      for (int n = 0; n < 100; ++n) count_up();
      return 0;
    });
  for (auto& child : children) CHECK(child.wait() == ExitStatus::exited(0));
  CHECK(contents_of(dir / "count") == "400");
}
