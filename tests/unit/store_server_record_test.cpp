// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/file.hpp"
#include "os/process.hpp"
#include "store/server_record.hpp"
#include "support/temp_dir.hpp"

using namespace brood;
using namespace brood::store;
using namespace brood::test;

namespace {

struct Place {
  TempStateDir dir;
  StateDir state = StateDir::make(dir.path());
};

ServerRecord sample() {
  return {4711, 18446744073709551615ULL, "0d1f7b0e-0000-4000-8000-000000000001", 4026531836,
          WallTime(std::chrono::milliseconds(1'772'366'400'123))};
}

}  // namespace

TEST_CASE("the fork server's directory is made when it is needed, for its owner alone") {
  const Place place;
  CHECK_FALSE(find_server_dir(place.state).has_value());
  CHECK(server_dir_path(place.state) == place.dir / "forkserver");
  const unsigned before = os::set_umask(0);
  const os::Fd made = open_server_dir(place.state);
  (void)os::set_umask(before);
  CHECK(os::status_of(made.get()).mode == 0700);
  const auto found = find_server_dir(place.state);
  REQUIRE(found.has_value());
  CHECK(os::status_of(found->get()).inode == os::status_of(made.get()).inode);
  CHECK(os::status_of(open_server_dir(place.state).get()).inode == os::status_of(made.get()).inode);
}

TEST_CASE("its owner can use it, whatever the umask was") {
  const Place place;
  const unsigned before = os::set_umask(0777);
  const os::Fd made = open_server_dir(place.state);
  (void)os::set_umask(before);
  CHECK(os::status_of(made.get()).mode == 0700);
}

TEST_CASE("what has been saved is loaded") {
  const Place place;
  const os::Fd dir = open_server_dir(place.state);
  CHECK_FALSE(load_server_record(dir.get()).has_value());
  for (const pid_t pid : {4711, 4712}) {
    ServerRecord saved = sample();
    saved.pid = pid;
    save_server_record(dir.get(), saved);
    const auto loaded = load_server_record(dir.get());
    REQUIRE(loaded.has_value());
    CHECK(loaded->pid == pid);
    CHECK(loaded->start_time == saved.start_time);
    CHECK(loaded->boot_id == saved.boot_id);
    CHECK(loaded->pid_namespace == saved.pid_namespace);
    CHECK(loaded->started_at == saved.started_at);
  }
  CHECK(os::names_in(dir.get()) == std::vector<std::string>{"record"});
}

TEST_CASE("a record that cannot be read is none") {
  const Place place;
  const os::Fd dir = open_server_dir(place.state);
  for (const char* damaged :
       {"", "{", "[]", "1", "{}", "{\"pid\":1}",
        "{\"pid\":\"1\",\"pid_start_time\":1,\"boot_id\":\"\",\"pid_namespace\":1}",
        "{\"pid\":1,\"pid_start_time\":1,\"boot_id\":7,\"pid_namespace\":1}",
        "{\"pid\":1,\"pid_start_time\":1,\"boot_id\":\"\",\"pid_namespace\":1,\"started_at\":5}",
        "\xff\xfe"}) {
    CAPTURE(damaged);
    os::remove_file_at(dir.get(), "record");
    os::write_all(os::open_at(dir.get(), "record", os::Open::create_new).get(), damaged);
    CHECK_FALSE(load_server_record(dir.get()).has_value());
  }
}

TEST_CASE("what is no file is no record, and never waited for") {
  const Place place;
  const os::Fd dir = open_server_dir(place.state);
  SUBCASE("a FIFO") { (void)os::make_fifo_at(dir.get(), "record"); }
  SUBCASE("a directory") { (void)os::make_directory_at(dir.get(), "record", 0700); }
  SUBCASE("a link") { REQUIRE(::symlink("/dev/zero", (place.dir / "forkserver/record").c_str()) == 0); }
  CHECK_FALSE(load_server_record(dir.get()).has_value());
}

TEST_CASE("what is larger than any record is none, and not read") {
  const Place place;
  const os::Fd dir = open_server_dir(place.state);
  save_server_record(dir.get(), sample());
  REQUIRE(::truncate((place.dir / "forkserver/record").c_str(), 1'000'000'000'000) == 0);
  CHECK_FALSE(load_server_record(dir.get()).has_value());
}

TEST_CASE("what a server that was killed has left behind is in nobody's way") {
  const Place place;
  const os::Fd dir = open_server_dir(place.state);
  os::write_all(os::open_at(dir.get(), "record.new", os::Open::create_new).get(), "{\"version\":1,");
  CHECK_FALSE(load_server_record(dir.get()).has_value());
  save_server_record(dir.get(), sample());
  CHECK(load_server_record(dir.get())->pid == 4711);
  CHECK(os::names_in(dir.get()) == std::vector<std::string>{"record"});
}
