// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <set>

#include "os/file.hpp"
#include "os/poll.hpp"
#include "os/watch.hpp"
#include "support/failure.hpp"
#include "support/rendezvous.hpp"

using namespace brood;
using namespace brood::os;
using namespace brood::test;

namespace {

struct OpenDir : TempDir {
  Fd fd = open_at(current_directory(), path(), Open::directory);
  int dir() const { return fd.get(); }
};

}  // namespace

TEST_CASE("a failure names the operation and the path") {
  const OpenDir dir;
  const Error failure = failure_of([&] { open_at(dir.dir(), "nothing", Open::read); });
  CHECK(failure.code() == system_error(ENOENT));
  CHECK(failure.doing() == "open 'nothing'");
}

TEST_CASE("what is not there is not found; any other failure is one") {
  const OpenDir dir;
  dir.file("file", "");
  CHECK_FALSE(find_at(dir.dir(), "nothing", Open::read).has_value());
  CHECK(failure_of([&] { find_at(dir.dir(), "file/below", Open::read); }).code() == system_error(ENOTDIR));
  CHECK_FALSE(status_at(dir.dir(), "nothing").has_value());
  CHECK_FALSE(status_at(dir.dir(), "file/below").has_value());
}

TEST_CASE("below a directory no link is followed") {
  const OpenDir dir;
  dir.file("file", "contents");
  REQUIRE(::symlink("file", (dir / "link").c_str()) == 0);
  for (const Open how : {Open::read, Open::read_nonblock, Open::read_write, Open::create}) {
    CHECK(failure_of([&] { open_at(dir.dir(), "link", how); }).code() == system_error(ELOOP));
  }
  CHECK(status_at(dir.dir(), "link")->kind == FileKind::link);
  CHECK(read_all(open_at(current_directory(), dir / "link", Open::read).get()) == "contents");
}

TEST_CASE("a new file is never one that was there") {
  const OpenDir dir;
  open_at(dir.dir(), "file", Open::create_new).reset();
  CHECK(failure_of([&] { open_at(dir.dir(), "file", Open::create_new); }).code() == system_error(EEXIST));
  CHECK(status_at(dir.dir(), "file")->mode == 0600);
}

TEST_CASE("a file is read whole, whatever its size and the position in it") {
  const TempDir dir;
  for (const std::size_t size : {0u, 1u, 16383u, 16384u, 16385u, 32768u, 100'000u}) {
    const std::string contents(size, 'x');
    const Fd fd = open_at(current_directory(), dir / std::to_string(size), Open::create_new);
    write_all(fd.get(), contents);
    CHECK(read_all(fd.get()) == contents);
  }
}

TEST_CASE("a file without a size is read whole, too") {
  CHECK(read_all(open_at(current_directory(), "/proc/self/stat", Open::read).get()).size() > 50);
}

TEST_CASE("a stretch of a file is read and written in place") {
  const TempDir dir;
  const Fd fd = open_at(current_directory(), dir.file("file", "0123456789", 0600), Open::read_write);
  std::string part = "old";
  read_at(fd.get(), 3, 4, part);
  CHECK(part == "3456");
  read_at(fd.get(), 8, 10, part);
  CHECK(part == "89");
  read_at(fd.get(), 20, 10, part);
  CHECK(part == "");
  write_at(fd.get(), 4, "xy");
  CHECK(read_all(fd.get()) == "0123xy6789");
}

TEST_CASE("everything from a pipe is read up to its end") {
  Pipe pipe = make_pipe();
  write_all(pipe.write.get(), std::string(10'000, 'x'));
  pipe.write.reset();
  CHECK(read_stream(pipe.read.get()) == std::string(10'000, 'x'));
}

TEST_CASE("directories and FIFOs are made once") {
  const OpenDir dir;
  CHECK(make_directory_at(dir.dir(), "d", 0700));
  CHECK_FALSE(make_directory_at(dir.dir(), "d", 0700));
  CHECK(make_fifo_at(dir.dir(), "f"));
  CHECK_FALSE(make_fifo_at(dir.dir(), "f"));
  CHECK(status_at(dir.dir(), "d")->kind == FileKind::directory);
  CHECK(status_at(dir.dir(), "f")->kind == FileKind::fifo);
  CHECK(failure_of([&] { make_directory_at(dir.dir(), "x/y", 0700); }).code() == system_error(ENOENT));
}

TEST_CASE("removing what is not there is no error, and what is full stays") {
  const OpenDir dir;
  CHECK_NOTHROW(remove_file_at(dir.dir(), "nothing"));
  CHECK_NOTHROW(remove_directory_at(dir.dir(), "nothing"));
  make_directory_at(dir.dir(), "d", 0700);
  make_directory_at(dir.dir(), "d/e", 0700);
  CHECK_FALSE(remove_directory_at(dir.dir(), "d"));
}

TEST_CASE("the names in a directory are all of them, asked once or twice") {
  const OpenDir dir;
  std::set<std::string> expected;
  for (int i = 0; i < 500; ++i) {
    expected.insert(std::to_string(i));
    open_at(dir.dir(), std::to_string(i), Open::create_new).reset();
  }
  for (int look = 0; look < 2; ++look) {
    const auto names = names_in(dir.dir());
    CHECK(names.size() == 500);
    CHECK(std::set<std::string>(names.begin(), names.end()) == expected);
  }
}

TEST_CASE("a watch tells of changes until it is drained") {
  const OpenDir dir;
  Watch watch;
  REQUIRE(watch.add(dir.path()));
  CHECK_FALSE(is_ready(watch.fd()));
  dir.file("file", "");
  CHECK(is_ready(watch.fd()));
  watch.drain();
  CHECK_FALSE(is_ready(watch.fd()));
  const Fd file = open_at(dir.dir(), "file", Open::read_write);
  write_all(file.get(), "x");
  CHECK(is_ready(watch.fd()));
  CHECK_FALSE(watch.add(dir / "nothing"));
}

TEST_CASE("what is no regular file is refused at once, and nobody is waited for") {
  const OpenDir dir;
  REQUIRE(make_directory_at(dir.dir(), "directory", 0700));
  REQUIRE(make_fifo_at(dir.dir(), "fifo"));
  REQUIRE(::symlink("/dev/zero", (dir / "link").c_str()) == 0);
  for (const char* name : {"directory", "fifo", "link"})
    for (const Open how : {Open::read, Open::read_write, Open::create, Open::append}) {
      CAPTURE(name);
      const Error failure = failure_of([&] { open_file_at(dir.dir(), name, how); });
      CHECK(failure.code() == Errc::bad_value);
      CHECK(failure.what() == "open '" + std::string(name) + "': it is not a regular file");
    }
  CHECK_FALSE(find_file_at(dir.dir(), "nothing", Open::read).has_value());
  CHECK(failure_of([&] { open_file_at(dir.dir(), "nothing", Open::read); }).code() == system_error(ENOENT));
}

TEST_CASE("who gets a log does not see that it was opened without waiting") {
  const OpenDir dir;
  const Fd log = open_file_at(dir.dir(), "log", Open::append);
  CHECK((::fcntl(log.get(), F_GETFL) & (O_NONBLOCK | O_APPEND | O_ACCMODE)) == (O_APPEND | O_WRONLY));
}

TEST_CASE("no more is read of a file than it may have") {
  const OpenDir dir;
  REQUIRE(::truncate(dir.file("huge", "").c_str(), 1'000'000'000'000) == 0);
  dir.file("small", "contents");
  const Fd huge = open_file_at(dir.dir(), "huge", Open::read);
  CHECK(failure_of([&] { read_all(huge.get(), 100'000); }).code() == Errc::bad_value);
  CHECK(read_all(open_file_at(dir.dir(), "small", Open::read).get(), 8) == "contents");
  CHECK(failure_of([&] { read_all(open_file_at(dir.dir(), "small", Open::read).get(), 7); }).code() ==
        Errc::bad_value);
  CHECK(failure_of([&] { read_file_at(dir.dir(), "huge", 100); }).what() ==
        std::string("read 'huge': it has more than 100 bytes"));
  CHECK(read_file_at(dir.dir(), "small", 8) == "contents");
  CHECK_FALSE(read_file_at(dir.dir(), "nothing", 8).has_value());
}
