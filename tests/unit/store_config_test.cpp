// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/file.hpp"
#include "os/process.hpp"
#include "store/config.hpp"
#include "support/failure.hpp"
#include "support/temp_dir.hpp"

using namespace brood;
using namespace brood::store;
using namespace brood::test;

namespace {

struct Place {
  TempStateDir dir;
  StateDir state = StateDir::make(dir.path());

  void write(const std::string& contents) const {
    ::unlink((dir / "config.json").c_str());
    const os::Fd file = os::open_at(os::current_directory(), dir / "config.json", os::Open::create_new);
    os::write_all(file.get(), contents);
  }
  std::string contents() const { return contents_of(dir / "config.json"); }
  std::error_code problem() const {
    return failure_of([&] { return load_config(state); }).code();
  }
};

}  // namespace

TEST_CASE("without a file all is at its default, and looking makes none") {
  const Place place;
  CHECK_FALSE(load_config(place.state).start_method.has_value());
  CHECK(os::names_in(place.state.fd()).empty());
}

TEST_CASE("what has been saved is loaded, and is for the owner alone") {
  const Place place;
  const unsigned before = os::set_umask(0777);
  for (const StartMethod method : start_methods()) {
    save_start_method(place.state, method);
    CHECK(load_config(place.state).start_method == method);
  }
  (void)os::set_umask(before);
  CHECK(place.contents() == "{\"version\":1,\"start_method\":\"forkserver\"}\n");
  const auto status = os::status_at(place.state.fd(), "config.json");
  CHECK(status->mode == 0600);
  CHECK_FALSE(os::status_at(place.state.fd(), "config.json.new"));
}

TEST_CASE("fields that this version does not know survive a change, in their order") {
  const Place place;
  place.write(R"({"later":{"a":[1,2.5,null]},"version":1,"start_method":"spawn","więcej":"ż"})");
  save_start_method(place.state, StartMethod::fork);
  CHECK(place.contents() ==
        "{\"later\":{\"a\":[1,2.5,null]},\"version\":1,\"start_method\":\"fork\",\"więcej\":\"ż\"}\n");
}

TEST_CASE("a damaged file is refused by readers and replaced by a change") {
  const Place place;
  for (const char* damaged :
       {"", "{", "[]", "\"fork\"", "{\"version\":1,\"start_method\":\"spa", "{}", "{\"version\":\"1\"}",
        "{\"version\":0}", "{\"version\":1.5}", "{\"version\":1,\"start_method\":\"warp\"}",
        "{\"version\":1,\"start_method\":null}", "{\"version\":1,\"start_method\":1}",
        "{\"version\":1}\xff"}) {
    CAPTURE(damaged);
    place.write(damaged);
    const Error problem = failure_of([&] { return load_config(place.state); });
    CHECK(problem.code() == Errc::config_damaged);
    CHECK(std::string(problem.what()).find(place.dir / "config.json") != std::string::npos);
    CHECK(problem.hint().find("brood start-method") != std::string::npos);
    CHECK(place.contents() == damaged);
    save_start_method(place.state, StartMethod::spawn);
    CHECK(load_config(place.state).start_method == StartMethod::spawn);
  }
}

TEST_CASE("what is no regular file is damaged, and never waited for") {
  const Place place;
  const std::string path = place.dir / "config.json";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  CHECK(place.problem() == Errc::config_damaged);
  save_start_method(place.state, StartMethod::fork);
  REQUIRE(::unlink(path.c_str()) == 0);
  REQUIRE(::symlink("/dev/zero", path.c_str()) == 0);
  CHECK(place.problem() == Errc::config_damaged);
  save_start_method(place.state, StartMethod::fork);
  CHECK(load_config(place.state).start_method == StartMethod::fork);
  place.write(std::string(2 * 1024 * 1024, ' '));
  CHECK(place.problem() == Errc::config_damaged);
}

TEST_CASE("a file of a later format version is neither read nor written") {
  const Place place;
  const std::string later = R"({"version":2,"start_method":{"name":"spawn"}})";
  place.write(later);
  CHECK(place.problem() == Errc::config_too_new);
  CHECK(failure_of([&] {
          save_start_method(place.state, StartMethod::fork);
          return 0;
        }).code() == Errc::config_too_new);
  CHECK(place.contents() == later);
}

TEST_CASE("what a setter that was killed has left behind is in nobody's way") {
  const Place place;
  const os::Fd left = os::open_at(place.state.fd(), "config.json.new", os::Open::create_new);
  os::write_all(left.get(), "{\"version\":1,\"start_meth");
  CHECK_FALSE(load_config(place.state).start_method.has_value());
  save_start_method(place.state, StartMethod::spawn);
  CHECK(load_config(place.state).start_method == StartMethod::spawn);
  CHECK_FALSE(os::status_at(place.state.fd(), "config.json.new"));
}
