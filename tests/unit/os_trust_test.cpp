// SPDX-License-Identifier: MIT
// Files that somebody else has put where ours should be. What needs another user needs root, who can make files of one.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/file.hpp"
#include "os/process.hpp"
#include "os/trust.hpp"
#include "support/failure.hpp"
#include "support/temp_dir.hpp"

using namespace brood;
using namespace brood::test;

namespace {

constexpr uid_t stranger = 65534;

struct Place {
  TempDir temp;
  os::Fd dir = os::open_at(os::current_directory(), temp.path(), os::Open::directory);

  bool is_refused(const std::string& name, os::Open how) const {
    try {
      (void)os::open_at(dir.get(), name, how);
      return false;
    } catch (const Error& problem) {
      // What a link is where a directory is asked for is told in the third way.
      return problem.code() == Errc::state_dir_refused || problem.code().value() == ELOOP ||
             problem.code() == std::errc::not_a_directory;
    }
  }
};

bool can_give_away() {
  if (os::effective_uid() == 0) return true;
  MESSAGE("skipped: only root can make another user's files");
  return false;
}

const os::Open writing[] = {os::Open::read_write, os::Open::create, os::Open::append};
const os::Open reading[] = {os::Open::read, os::Open::read_nonblock};

}  // namespace

TEST_CASE("a file with a second name is read, and never written") {
  const Place place;
  const std::string victim = place.temp.file("victim", "precious", 0600);
  REQUIRE(::link(victim.c_str(), (place.temp / "planted").c_str()) == 0);
  for (const os::Open how : writing) CHECK(place.is_refused("planted", how));
  for (const os::Open how : reading) CHECK_FALSE(place.is_refused("planted", how));
  CHECK(contents_of(victim) == "precious");
  REQUIRE(::unlink(victim.c_str()) == 0);
  for (const os::Open how : writing) CHECK_FALSE(place.is_refused("planted", how));
}

TEST_CASE("a symbolic link in place of a file is not followed, and makes nothing") {
  const Place place;
  const std::string victim = place.temp.file("victim", "precious", 0600);
  REQUIRE(::symlink("victim", (place.temp / "link").c_str()) == 0);
  REQUIRE(::symlink("nothing", (place.temp / "dangling").c_str()) == 0);
  for (const char* name : {"link", "dangling"})
    for (const auto& kinds : {os::Open::read, os::Open::read_nonblock, os::Open::read_write, os::Open::create,
                              os::Open::append, os::Open::directory})
      CHECK(place.is_refused(name, kinds));
  CHECK_FALSE(os::status_at(place.dir.get(), "nothing").has_value());
}

TEST_CASE("what others can write to is not ours") {
  const Place place;
  (void)place.temp.file("file", "text");
  REQUIRE(::mkdir((place.temp / "dir").c_str(), 0700) == 0);
  for (const mode_t mode : {0620u, 0602u, 0666u}) {
    REQUIRE(::chmod((place.temp / "file").c_str(), mode) == 0);
    for (const os::Open how : writing) CHECK(place.is_refused("file", how));
    for (const os::Open how : reading) CHECK(place.is_refused("file", how));
    REQUIRE(::chmod((place.temp / "dir").c_str(), mode | 0100) == 0);
    CHECK(place.is_refused("dir", os::Open::directory));
  }
  REQUIRE(::chmod((place.temp / "file").c_str(), 0644) == 0);
  for (const os::Open how : writing) CHECK_FALSE(place.is_refused("file", how));
}

TEST_CASE("what belongs to another user is not ours") {
  if (!can_give_away()) return;
  const Place place;
  (void)place.temp.file("file", "text", 0600);
  REQUIRE(::mkfifo((place.temp / "fifo").c_str(), 0600) == 0);
  REQUIRE(::mkdir((place.temp / "dir").c_str(), 0700) == 0);
  for (const char* name : {"file", "fifo", "dir"})
    REQUIRE(::chown((place.temp / name).c_str(), stranger, stranger) == 0);
  for (const os::Open how : writing) CHECK(place.is_refused("file", how));
  for (const os::Open how : reading) CHECK(place.is_refused("file", how));
  CHECK(place.is_refused("fifo", os::Open::read_nonblock));
  CHECK(place.is_refused("dir", os::Open::directory));
}

TEST_CASE("a path named by the user is the user's choice") {
  const TempDir temp;
  (void)temp.file("file", "text", 0666);
  REQUIRE(::chmod((temp / "file").c_str(), 0666) == 0);
  REQUIRE(::symlink("file", (temp / "link").c_str()) == 0);
  CHECK_NOTHROW(os::open_at(os::current_directory(), temp / "link", os::Open::append));
}

TEST_CASE("a directory is found through links of one's own, as the kernel finds it") {
  const TempDir temp;
  REQUIRE(::mkdir((temp / "a").c_str(), 0700) == 0);
  REQUIRE(::mkdir((temp / "a/b").c_str(), 0700) == 0);
  (void)temp.file("file", "");
  const auto link = [&temp](const char* to, const char* name) {
    REQUIRE(::symlink(to, (temp / name).c_str()) == 0);
  };
  link("a", "relative");
  link((temp / "a/b").c_str(), "absolute");
  link("relative/../relative/./b/", "winding");
  link("loop", "loop");
  link("nowhere", "dangling");
  link("file", "to-file");
  const auto inode = [](const os::Fd& fd) { return os::status_of(fd.get()).inode; };
  const auto b = inode(*os::find_directory(temp / "a/b"));
  for (const char* way : {"relative/b", "absolute", "winding", "winding/", "winding/../b", "a//b/."})
    CHECK(inode(*os::find_directory(temp / way)) == b);
  CHECK(os::find_directory("/").has_value());
  for (const char* none : {"none", "none/below", "dangling", "dangling/below", "relative/none"})
    CHECK_FALSE(os::find_directory(temp / none).has_value());
  for (const char* file : {"file", "file/below", "to-file", "to-file/below"})
    CHECK(failure_of([&] { return os::find_directory(temp / file); }).code() == std::errc::not_a_directory);
  CHECK(failure_of([&] { return os::find_directory(temp / "loop/x"); }).code().value() == ELOOP);
  CHECK(failure_of([&] { return os::find_directory(temp / std::string(300, 'x')); }).code().value() ==
        ENAMETOOLONG);
}

TEST_CASE("another user's link is not followed, wherever it is") {
  if (!can_give_away()) return;
  for (const mode_t mode : {01777u, 0777u, 0755u, 0700u}) {
    CAPTURE(mode);
    const TempDir temp;
    REQUIRE(::mkdir((temp / "place").c_str(), 0700) == 0);
    REQUIRE(::chmod((temp / "place").c_str(), mode) == 0);
    REQUIRE(::mkdir((temp / "mine").c_str(), 0700) == 0);
    REQUIRE(::mkdir((temp / "mine/below").c_str(), 0700) == 0);
    REQUIRE(::symlink("../mine", (temp / "place/trap").c_str()) == 0);
    CHECK(os::find_directory(temp / "place/trap/below").has_value());
    REQUIRE(::lchown((temp / "place/trap").c_str(), stranger, stranger) == 0);
    for (const char* way : {"place/trap", "place/trap/below", "place/trap/none", "mine/../place/trap"}) {
      const Error problem = failure_of([&] { return os::find_directory(temp / way); });
      CHECK(problem.code() == Errc::state_dir_refused);
      CHECK(problem.doing() == "'trap' is another user's symbolic link");
    }
    REQUIRE(::symlink("place/trap/below", (temp / "own").c_str()) == 0);
    CHECK(failure_of([&] { return os::find_directory(temp / "own"); }).code() == Errc::state_dir_refused);
    // Its owner could put nothing else there than a directory, which would be known as hers.
    REQUIRE(::chown((temp / "place").c_str(), stranger, stranger) == 0);
    CHECK(failure_of([&] { return os::find_directory(temp / "place/trap"); }).code() ==
          Errc::state_dir_refused);
  }
}
