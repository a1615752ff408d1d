// SPDX-License-Identifier: MIT
// Targets that cannot be launched: each failure names its stage, the path and the exit status, and leaves no process.
#include <doctest/doctest.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "os/file.hpp"
#include "os/process.hpp"
#include "support/failure.hpp"
#include "support/launch.hpp"
#include "support/probe.hpp"
#include "support/rendezvous.hpp"

using namespace brood;
using namespace brood::test;

namespace {

Error failure_to(Launch& launch) {
  const Error failure = failure_of([&] { launch.run(); });
  CHECK_FALSE(os::has_children());
  return failure;
}

}  // namespace

TEST_CASE("a program that is nowhere in PATH is 127") {
  Launch launch({"no-such-program"}, {"PATH=/bin:/etc"});
  const Error failure = failure_to(launch);
  CHECK(failure.exit_status() == 127);
  CHECK(failure.code() == system_error(ENOENT));
  CHECK(failure.doing() == "execute 'no-such-program': not found in PATH");
}

TEST_CASE("a path that does not exist is 127") {
  Launch launch({"/nonexistent/program"});
  const Error failure = failure_to(launch);
  CHECK(failure.exit_status() == 127);
  CHECK(failure.code() == system_error(ENOENT));
  CHECK(failure.doing() == "execute '/nonexistent/program'");
}

TEST_CASE("a path below a file is 127") {
  Launch launch({"/etc/passwd/program"});
  const Error failure = failure_to(launch);
  CHECK(failure.exit_status() == 127);
  CHECK(failure.code() == system_error(ENOTDIR));
}

TEST_CASE("an empty program name is 127") {
  Launch launch({""}, {"PATH=/bin"});
  const Error failure = failure_to(launch);
  CHECK(failure.exit_status() == 127);
  CHECK(failure.doing() == "execute ''");
}

TEST_CASE("a directory is 126") {
  const TempDir dir;
  Launch launch({dir.path()});
  const Error failure = failure_to(launch);
  CHECK(failure.exit_status() == 126);
  CHECK(failure.code() == system_error(EACCES));
  CHECK(failure.doing() == "execute '" + dir.path() + "'");
}

TEST_CASE("a file that is not executable is 126") {
  const TempDir dir;
  Launch launch({dir.file("file", "#!/bin/sh\n", 0644)});
  CHECK(failure_to(launch).exit_status() == 126);
}

TEST_CASE("a file that is not executable is 126 in PATH, too, and named") {
  const TempDir dir;
  dir.file("brood-test-program", "#!/bin/sh\n", 0644);
  Launch launch({"brood-test-program"}, {"PATH=/nonexistent:" + dir.path() + ":/etc"});
  const Error failure = failure_to(launch);
  CHECK(failure.exit_status() == 126);
  CHECK(failure.code() == system_error(EACCES));
  CHECK(failure.doing() == "execute '" + dir / "brood-test-program" + "'");
}

TEST_CASE("a missing interpreter is 126, and said to be it") {
  const TempDir dir;
  const std::string script = dir.file("script", "#!/nonexistent/interpreter\n", 0755);
  Launch launch({script});
  const Error failure = failure_to(launch);
  CHECK(failure.exit_status() == 126);
  CHECK(failure.code() == system_error(ENOENT));
  CHECK(failure.doing() == "execute '" + script + "': its interpreter");
}

TEST_CASE("a loop of links is 126") {
  const TempDir dir;
  REQUIRE(::symlink("loop", (dir / "loop").c_str()) == 0);
  Launch launch({dir / "loop"});
  const Error failure = failure_to(launch);
  CHECK(failure.exit_status() == 126);
  CHECK(failure.code() == system_error(ELOOP));
}

TEST_CASE("arguments that are too long are 126") {
  Launch launch(probe({"print", std::string(200'000, 'x')}));
  const Error failure = failure_to(launch);
  CHECK(failure.exit_status() == 126);
  CHECK(failure.code() == system_error(E2BIG));
}

TEST_CASE("a directory to run in that is not there is 125, and named") {
  Launch launch(probe({"exit", "0"}));
  launch.target.cwd = "/nonexistent/directory";
  const Error failure = failure_to(launch);
  CHECK(failure.exit_status() == 125);
  CHECK(failure.code() == system_error(ENOENT));
  CHECK(failure.doing() == "change to directory '/nonexistent/directory'");
}

TEST_CASE("a limit that the system refuses is 125") {
  Launch launch(probe({"exit", "0"}));
  launch.target.limits = {{RLIMIT_CORE, 2, 1}};  // soft above hard
  const Error failure = failure_to(launch);
  CHECK(failure.exit_status() == 125);
  CHECK(failure.code() == system_error(EINVAL));
  CHECK(failure.doing() == std::string("set limit 'core' for '") + BROOD_PROBE + "'");
}

TEST_CASE("a stream that is not open is 125") {
  Launch launch(probe({"exit", "0"}));
  launch.target.streams[0] = 9999;
  const Error failure = failure_to(launch);
  CHECK(failure.exit_status() == 125);
  CHECK(failure.code() == system_error(EBADF));
  CHECK(failure.doing() == std::string("set up the streams of '") + BROOD_PROBE + "'");
}

TEST_CASE("of several wrongs the first step's is told") {
  Launch launch({"/nonexistent/program"});
  launch.target.cwd = "/nonexistent/directory";
  launch.target.limits = {{RLIMIT_CORE, 2, 1}};
  CHECK(failure_to(launch).code() == system_error(EINVAL));
}

TEST_CASE("what cannot be printed is not printed raw") {
  Launch launch({"/nonexistent/\033[31m\n"});
  CHECK(failure_to(launch).doing() == "execute '/nonexistent/\\e[31m\\n'");
}

TEST_CASE("a program that is still open for writing is launched once it is closed") {
  const TempDir dir;
  const std::string program = dir.file("script", "#!/bin/sh\nexit 5\n", 0755);
  os::Fd writer = os::open_at(os::current_directory(), program, os::Open::append);
  // A failed attempt to execute it opens and closes the file, which is when the writer lets go of it.
  const os::Fd watch(::inotify_init1(IN_CLOEXEC));
  REQUIRE(::inotify_add_watch(watch.get(), program.c_str(), IN_CLOSE_NOWRITE | IN_OPEN) >= 0);
  std::thread closer([&] {
    await_ready(watch.get());
    writer.reset();
  });
  Launch launch({program});
  const ExitStatus status = launch.run();
  closer.join();
  CHECK(status == ExitStatus::exited(5));
}
