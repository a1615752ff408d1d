// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <initializer_list>
#include <map>
#include <optional>

#include "store/state_dir.hpp"
#include "support/temp_dir.hpp"

using namespace brood::store;
using brood::test::TempDir;

namespace {

/// The environment variables that the rules look at, each set or unset until the end.
class Environment {
 public:
  Environment() : Environment(std::initializer_list<std::pair<const char*, std::string>>{}) {}
  Environment(std::initializer_list<std::pair<const char*, std::string>> values) {
    for (const char* name : {"BROOD_STATE_DIR", "XDG_STATE_HOME", "HOME"}) {
      const char* before = std::getenv(name);
      before_[name] = before ? std::optional<std::string>(before) : std::nullopt;
      set(name, std::nullopt);
    }
    for (const auto& [name, value] : values) set(name, value);
  }
  ~Environment() {
    for (const auto& [name, value] : before_) set(name, value);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  static void set(const char* name, const std::optional<std::string>& value) {
    if (value)
      ::setenv(name, value->c_str(), 1);
    else
      ::unsetenv(name);
  }
  std::map<const char*, std::optional<std::string>> before_;
};

std::string last_resort() {
  return ::geteuid() == 0 ? "/run/brood" : "/tmp/brood-" + std::to_string(::geteuid());
}

}  // namespace

TEST_CASE("BROOD_STATE_DIR names the state directory") {
  const Environment environment{{"BROOD_STATE_DIR", "/x/y"}, {"XDG_STATE_HOME", "/tmp"}, {"HOME", "/tmp"}};
  CHECK(default_state_path() == "/x/y");
}

TEST_CASE("BROOD_STATE_DIR may be relative and end in slashes") {
  const TempDir dir;
  char here[4096];
  REQUIRE(::getcwd(here, sizeof here) != nullptr);
  REQUIRE(::chdir(dir.path().c_str()) == 0);
  {
    const Environment environment{{"BROOD_STATE_DIR", "x//"}};
    CHECK(default_state_path() == dir / "x");
    CHECK(absolute_path("a/b/") == dir / "a/b");
    CHECK(absolute_path("/") == "/");
    CHECK(absolute_path("/a//") == "/a");
  }
  REQUIRE(::chdir(here) == 0);
}

TEST_CASE("an empty BROOD_STATE_DIR counts as none, and XDG_STATE_HOME comes next") {
  const TempDir dir;
  const Environment environment{{"BROOD_STATE_DIR", ""}, {"XDG_STATE_HOME", dir.path()}, {"HOME", "/tmp"}};
  CHECK(default_state_path() == dir / "brood");
}

TEST_CASE("a directory that can still be made is usable") {
  const TempDir dir;
  const Environment environment{{"XDG_STATE_HOME", dir / "not/yet"}};
  CHECK(default_state_path() == dir / "not/yet/brood");
}

TEST_CASE("a relative or unusable XDG_STATE_HOME is passed over for HOME") {
  const TempDir dir;
  dir.file("file", "");
  for (const std::string& xdg : {std::string("relative"), std::string(), dir / "file", dir / "file/below"}) {
    const Environment environment{{"XDG_STATE_HOME", xdg}, {"HOME", dir.path()}};
    CHECK(default_state_path() == dir / ".local/state/brood");
  }
}

TEST_CASE("HOME may end in a slash") {
  const TempDir dir;
  const Environment environment{{"HOME", dir.path() + "/"}};
  CHECK(default_state_path() == dir / ".local/state/brood");
}

TEST_CASE("without a usable home there is a place of last resort") {
  const TempDir dir;
  dir.file("file", "");
  {
    const Environment environment;
    CHECK(default_state_path() == last_resort());
  }
  for (const std::string& home : {std::string(), std::string("relative"), dir / "file", dir / "file/below"}) {
    const Environment environment{{"HOME", home}};
    CHECK(default_state_path() == last_resort());
  }
}
