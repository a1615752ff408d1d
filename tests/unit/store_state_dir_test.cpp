// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <sstream>

#include "os/file.hpp"
#include "store/job_dir.hpp"
#include "store/state_dir.hpp"
#include "support/child.hpp"
#include "support/failure.hpp"
#include "support/rendezvous.hpp"

using namespace brood;
using namespace brood::store;
using namespace brood::test;

namespace {

unsigned mode_of(const std::string& path) { return os::status_at(os::current_directory(), path)->mode; }

class Umask {
 public:
  explicit Umask(mode_t mask) : before_(::umask(mask)) {}
  ~Umask() { ::umask(before_); }

 private:
  mode_t before_;
};

void write_counter(const TempStateDir& dir, const std::string& contents) {
  const os::Fd file = os::open_at(os::current_directory(), dir / "next-id", os::Open::create);
  REQUIRE(::ftruncate(file.get(), 0) == 0);
  os::write_all(file.get(), contents);
}

}  // namespace

TEST_CASE("a state directory is made for its owner alone, whatever the umask") {
  for (const mode_t mask : {0u, 022u, 077u, 0277u, 0777u}) {
    CAPTURE(mask);
    const TempDir dir;
    const Umask umask(mask);
    CHECK_NOTHROW(StateDir::make(dir / "a/b/state"));
    for (const char* made : {"a", "a/b", "a/b/state"}) {
      const auto status = os::status_at(os::current_directory(), dir / made);
      REQUIRE(status.has_value());
      CHECK(status->mode == 0700);
    }
  }
}

TEST_CASE("an existing state directory keeps its mode") {
  const TempDir dir;
  REQUIRE(::mkdir((dir / "state").c_str(), 0755) == 0);
  REQUIRE(::chmod((dir / "state").c_str(), 0755) == 0);
  (void)StateDir::make(dir / "state");
  CHECK(mode_of(dir / "state") == 0755);
}

TEST_CASE("a state directory that others can write is refused") {
  for (const mode_t mode : {0720u, 0770u, 0702u, 0777u, 01777u}) {
    CAPTURE(mode);
    const TempDir dir;
    REQUIRE(::mkdir((dir / "state").c_str(), 0700) == 0);
    REQUIRE(::chmod((dir / "state").c_str(), mode) == 0);
    CHECK(failure_of([&] { StateDir::make(dir / "state"); }).code() == Errc::state_dir_refused);
    CHECK(failure_of([&] { StateDir::find(dir / "state"); }).code() == Errc::state_dir_refused);
  }
}

TEST_CASE("a state directory that belongs to somebody else is refused") {
  const TempDir dir;
  std::string foreign = "/usr";
  if (::geteuid() == 0) {
    foreign = dir / "state";
    REQUIRE(::mkdir(foreign.c_str(), 0700) == 0);
    REQUIRE(::chown(foreign.c_str(), 1, 1) == 0);
  }
  CHECK(failure_of([&] { StateDir::make(foreign); }).code() == Errc::state_dir_refused);
}

TEST_CASE("looking for a state directory makes none") {
  const TempDir dir;
  CHECK_FALSE(StateDir::find(dir / "state").has_value());
  CHECK_FALSE(os::status_at(os::current_directory(), dir / "state").has_value());
}

TEST_CASE("a state directory below a file is an error that names it") {
  const TempDir dir;
  dir.file("file", "");
  const Error failure = failure_of([&] { StateDir::make(dir / "file/state"); });
  CHECK(failure.code() == system_error(ENOTDIR));
  CHECK(failure.doing().find(dir / "file") != std::string::npos);
}

TEST_CASE("the first id is 1, and each is one more") {
  const TempStateDir dir;
  const StateDir state = StateDir::make(dir.path());
  for (JobId id = 1; id <= 12; ++id) CHECK(state.take_id() == id);
}

TEST_CASE("four processes that take 200 ids each get 800 different ones") {
  const TempStateDir dir;
  (void)StateDir::make(dir.path());
  std::vector<Child> takers;
  for (int i = 0; i < 4; ++i)
    takers.emplace_back([&](int output) {
      const StateDir state = StateDir::make(dir.path());
      std::string taken;
      for (int n = 0; n < 200; ++n) taken += std::to_string(state.take_id()) + "\n";
      os::write_all(output, taken);
      return 0;
    });
  std::multiset<JobId> ids;
  for (auto& taker : takers) {
    std::istringstream numbers(taker.read_output());
    for (JobId id; numbers >> id;) ids.insert(id);
    CHECK(taker.wait() == ExitStatus::exited(0));
  }
  CHECK(ids.size() == 800);
  for (JobId id = 1; id <= 800; ++id) CHECK(ids.count(id) == 1);
}

TEST_CASE("a damaged counter goes on above the highest job") {
  for (const std::string& damage :
       {std::string(), std::string("garbage"), std::string("-5\n"), std::string("0\n"), std::string("1e3\n"),
        std::string("99999999999999999999\n"), std::string(21, '\0'), std::string(21, ' ') + "\n"}) {
    const TempStateDir dir;
    const StateDir state = StateDir::make(dir.path());
    for (const char* id : {"jobs", "jobs/3", "jobs/17", "jobs/5", "jobs/not-a-job"})
      REQUIRE(::mkdir((dir / id).c_str(), 0700) == 0);
    write_counter(dir, damage);
    CHECK(state.take_id() == 18);
    CHECK(state.take_id() == 19);
  }
}

TEST_CASE("a new job never gets the directory of another, whatever the counter says") {
  const TempStateDir dir;
  const StateDir state = StateDir::make(dir.path());
  for (const char* id : {"jobs", "jobs/1", "jobs/2"}) REQUIRE(::mkdir((dir / id).c_str(), 0700) == 0);
  write_counter(dir, "1\n");
  CHECK(make_job_dir(state).id == 3);
}

TEST_CASE("job ids are listed in order, and only they") {
  const TempStateDir dir;
  const StateDir state = StateDir::make(dir.path());
  CHECK(state.job_ids().empty());
  for (const char* name : {"jobs", "jobs/10", "jobs/9", "jobs/x", "jobs/0", "jobs/-1", "jobs/1.tmp"})
    REQUIRE(::mkdir((dir / name).c_str(), 0700) == 0);
  CHECK(state.job_ids() == std::vector<JobId>{9, 10});
  CHECK(state.job_path(9) == dir / "jobs/9");
}

TEST_CASE("a name is locked until the descriptor closes, others are free meanwhile") {
  const TempStateDir dir;
  const StateDir state = StateDir::make(dir.path());
  os::Fd web = state.lock_name("web");
  const os::Fd other = state.lock_name("db");
  const Pipe told = make_pipe();
  Child waiter([&](int output) {
    web.reset();  // the copy that came with the fork
    write_byte(output, 'a');
    const os::Fd same = StateDir::make(dir.path()).lock_name("web");
    char byte = 0;
    (void)::fcntl(told.read.get(), F_SETFL, O_NONBLOCK);
    return ::read(told.read.get(), &byte, 1) == 1 && byte == '!' ? 0 : 1;
  });
  CHECK(read_byte(waiter.output()) == 'a');
  write_byte(told.write.get(), '!');  // before we let go: who gets the lock after us must find it
  web.reset();
  CHECK(waiter.wait() == ExitStatus::exited(0));
}
