// SPDX-License-Identifier: MIT
// What a target is given, and how it ends.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "os/file.hpp"
#include "os/process.hpp"
#include "support/launch.hpp"
#include "support/probe.hpp"
#include "support/rendezvous.hpp"

using namespace brood;
using namespace brood::test;

namespace {

std::string output_of(Launch& launch) {
  CHECK(launch.run() == ExitStatus::exited(0));
  return launch.output();
}

// Ignores a signal in the test itself.
class Ignored {
 public:
  explicit Ignored(int signal) : signal_(signal) { ::signal(signal, SIG_IGN); }
  ~Ignored() { ::signal(signal_, SIG_DFL); }

 private:
  int signal_;
};

}  // namespace

TEST_CASE("the exit code of a target is its own") {
  for (const int code : {0, 1, 3, 127, 255}) {
    Launch launch(probe({"exit", std::to_string(code)}));
    CHECK(launch.run() == ExitStatus::exited(code));
  }
}

TEST_CASE("a target's death by a signal is known as such") {
  Launch launch(probe({"die", "9"}));
  CHECK(launch.run() == ExitStatus::signalled(9, false));
}

TEST_CASE("arguments arrive byte for byte") {
  Launch launch(probe({"args", "[", "", " a  b ", "caf\xe9", "$HOME", "'\"\\", "\n", "]"}));
  CHECK(output_of(launch) == "<>\n< a  b >\n<caf\xe9>\n<$HOME>\n<'\"\\>\n<\n>\n");
}

TEST_CASE("the environment is what the target says, no more") {
  Launch launch(probe({"env", "A", "env", "HOME", "env", "PATH"}), {"A=caf\xe9=1"});
  CHECK(output_of(launch) == "caf\xe9=1\n(unset)\n(unset)\n");
}

TEST_CASE("a target runs in the directory that was asked for") {
  const TempDir dir;
  Launch launch(probe({"cwd"}));
  launch.target.cwd = dir.path();
  CHECK(output_of(launch) == dir.path() + "\n");
}

TEST_CASE("a relative program is looked for in the target's directory") {
  const TempDir dir;
  dir.file("script", "#!/bin/sh\necho found\n", 0755);
  Launch launch({"./script"});
  launch.target.cwd = dir.path();
  CHECK(output_of(launch) == "found\n");
}

TEST_CASE("the streams go where they were told to") {
  const TempDir dir;
  const os::Fd in = os::open_at(os::current_directory(), dir.file("in", "input"), os::Open::read);
  const os::Fd out = os::open_at(os::current_directory(), dir / "out", os::Open::append);
  const os::Fd err = os::open_at(os::current_directory(), dir / "err", os::Open::append);
  Launch launch(probe({"cat", "print", "!", "complain", "problem"}));
  launch.target.streams[0] = in.get();
  launch.target.streams[1] = out.get();
  launch.target.streams[2] = err.get();
  CHECK(output_of(launch) == "");
  CHECK(contents_of(dir / "out") == "input!\n");
  CHECK(contents_of(dir / "err") == "problem\n");
}

TEST_CASE("no descriptor but the streams is open in the target") {
  const os::Fd inheritable(::open("/dev/null", O_RDONLY));  // not close-on-exec
  Launch launch(probe({"fds"}));
  CHECK(output_of(launch) == "\n");
}

TEST_CASE("kept descriptors stay open under their numbers, and only they") {
  const os::Fd null = os::open_at(os::current_directory(), "/dev/null", os::Open::read);
  const os::Fd low = os::duplicate(null.get(), 20);
  const os::Fd between = os::duplicate(null.get(), 30);
  const os::Fd high = os::duplicate(null.get(), 40);
  REQUIRE(low.get() == 20);
  REQUIRE(high.get() == 40);
  os::place(null.get(), 50);  // survives exec
  Launch launch(probe({"fds"}));
  launch.target.keep_fds = {20, 40};
  CHECK(output_of(launch) == "20 40\n");
  os::close_quietly(50);
}

TEST_CASE("with the others left open, what would survive exec does") {
  const os::Fd null = os::open_at(os::current_directory(), "/dev/null", os::Open::read);
  os::place(null.get(), 50);
  const os::Fd close_on_exec = os::duplicate(null.get(), 60);
  Launch launch(probe({"fds"}));
  launch.target.close_others = false;
  std::string fds = " " + output_of(launch);
  fds.back() = ' ';
  CHECK(fds.find(" 50 ") != std::string::npos);
  CHECK(fds.find(" 60 ") == std::string::npos);
  os::close_quietly(50);
}

TEST_CASE("a target begins with the signal mask that it was given") {
  Launch plain(probe({"blocked"}));
  CHECK(output_of(plain) == "\n");
  Launch masked(probe({"blocked"}));
  sigaddset(&masked.target.mask, SIGUSR1);
  sigaddset(&masked.target.mask, SIGTERM);
  CHECK(output_of(masked) == "10 15\n");
}

TEST_CASE("ignored signals are reset when that was asked for, and else stay ignored") {
  const Ignored usr2(SIGUSR2);
  const Ignored hup(SIGHUP);
  Launch reset(probe({"ignored"}));
  CHECK(output_of(reset) == "\n");
  Launch kept(probe({"ignored"}));
  kept.target.reset_signals = false;
  CHECK(output_of(kept) == "1 12\n");
}

TEST_CASE("a target can be made to ignore SIGCHLD as its caller did") {
  Launch launch(probe({"ignored"}));
  launch.target.reset_signals = false;
  launch.target.ignore_sigchld = true;
  CHECK(output_of(launch) == "17\n");
}

TEST_CASE("a target leads a session of its own only if asked to") {
  Launch alone(probe({"session"}));
  CHECK(output_of(alone) == "leader\n");
  Launch with_us(probe({"session"}));
  with_us.target.new_session = false;
  CHECK(output_of(with_us) == "member\n");
}

TEST_CASE("the umask is set, zero included, or left alone") {
  Launch set(probe({"umask"}));
  set.target.umask = 027;
  CHECK(output_of(set) == "027\n");
  Launch none(probe({"umask"}));
  none.target.umask = 0;
  CHECK(output_of(none) == "000\n");
  const mode_t before = ::umask(051);
  Launch inherited(probe({"umask"}));
  CHECK(output_of(inherited) == "051\n");
  ::umask(before);
}

TEST_CASE("the nice value is added to our own") {
  const int own = ::getpriority(PRIO_PROCESS, 0);
  Launch launch(probe({"nice"}));
  launch.target.nice = 3;
  CHECK(output_of(launch) == std::to_string(std::min(own + 3, 19)) + "\n");
}

TEST_CASE("limits hold in the target and not here") {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  Launch launch(probe({"limit", std::to_string(RLIMIT_NOFILE), "limit", std::to_string(RLIMIT_CORE)}));
  launch.target.limits = {{RLIMIT_NOFILE, 64, 65}, {RLIMIT_CORE, 0, 0}};
  CHECK(output_of(launch) == "64 65\n0 0\n");
  rlimit after{};
  ::getrlimit(RLIMIT_NOFILE, &after);
  CHECK(after.rlim_cur == before.rlim_cur);
}

TEST_CASE("a program is found in the target's PATH, past directories that are none") {
  const TempDir dir;
  dir.file("brood-test-program", "#!/bin/sh\necho found\n", 0755);
  Launch launch({"brood-test-program"}, {"PATH=/nonexistent:/etc/passwd:" + dir.path()});
  CHECK(output_of(launch) == "found\n");
}

TEST_CASE("a file that is not executable does not hide a program further on in PATH") {
  const TempDir first;
  const TempDir second;
  first.file("brood-test-program", "not this", 0644);
  second.file("brood-test-program", "#!/bin/sh\necho found\n", 0755);
  Launch launch({"brood-test-program"}, {"PATH=" + first.path() + ":" + second.path()});
  CHECK(output_of(launch) == "found\n");
}

TEST_CASE("a script without #! is run by the shell, with its arguments") {
  const TempDir dir;
  Launch launch({dir.file("script", "echo \"$0|$1|$2\"; exit 4\n", 0755), "one two", "three"});
  CHECK(launch.run() == ExitStatus::exited(4));
  CHECK(launch.output() == dir / "script" + "|one two|three\n");
}
