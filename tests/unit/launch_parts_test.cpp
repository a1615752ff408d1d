// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/resource.h>

#include "launch/environment.hpp"
#include "launch/limits.hpp"
#include "launch/path_search.hpp"
#include "support/failure.hpp"

using namespace brood;
using namespace brood::launch;
using Strings = std::vector<std::string>;

namespace {

Strings changed(Strings base, const JobSpec& spec) {
  std::vector<char*> pointers;
  for (auto& entry : base) pointers.push_back(entry.data());
  pointers.push_back(nullptr);
  return changed_environment(pointers.data(), spec);
}

const Strings strange{"A=1", "A=2", "B", "=x", "C=", "D=a=b", "E=\xff\n", "AA=3"};

}  // namespace

TEST_CASE("a program with a slash is looked for nowhere else") {
  CHECK(candidate_paths("./x", "/a:/b") == Strings{"./x"});
  CHECK(candidate_paths("/bin/ls", "/a:/b") == Strings{"/bin/ls"});
  CHECK(candidate_paths("a/b", "/a:/b") == Strings{"a/b"});
}

TEST_CASE("a program without a slash is looked for in each directory of PATH") {
  CHECK(candidate_paths("ls", "/a:/b") == Strings{"/a/ls", "/b/ls"});
  CHECK(candidate_paths("ls", "/a/") == Strings{"/a/ls"});
  CHECK(candidate_paths("ls", "rel") == Strings{"rel/ls"});
}

TEST_CASE("an empty directory in PATH is the current one") {
  CHECK(candidate_paths("ls", "") == Strings{"ls"});
  CHECK(candidate_paths("ls", "/a::/b") == Strings{"/a/ls", "ls", "/b/ls"});
  CHECK(candidate_paths("ls", ":/a") == Strings{"ls", "/a/ls"});
  CHECK(candidate_paths("ls", "/a:") == Strings{"/a/ls", "ls"});
}

TEST_CASE("without PATH the system's directories are searched") {
  CHECK(candidate_paths("ls", nullptr) == Strings{"/bin/ls", "/usr/bin/ls"});
}

TEST_CASE("an empty program name has no candidates but itself") {
  CHECK(candidate_paths("", "/a:/b") == Strings{""});
}

TEST_CASE("without changes the environment is passed on byte for byte") {
  CHECK(changed(strange, {}) == strange);
  CHECK(changed_environment(nullptr, {}).empty());
}

TEST_CASE("unset removes every entry of that name and no other") {
  JobSpec spec;
  spec.unset_env = {"A", "NOT_THERE"};
  CHECK(changed(strange, spec) == Strings{"B", "=x", "C=", "D=a=b", "E=\xff\n", "AA=3"});
}

TEST_CASE("set replaces every entry of that name by one") {
  JobSpec spec;
  spec.set_env = {{"A", "new"}, {"N", ""}};
  CHECK(changed(strange, spec) == Strings{"B", "=x", "C=", "D=a=b", "E=\xff\n", "AA=3", "A=new", "N="});
}

TEST_CASE("clear leaves only what is set") {
  JobSpec spec;
  spec.clear_env = true;
  CHECK(changed(strange, spec).empty());
  spec.set_env = {{"A", "a=b"}};
  CHECK(changed(strange, spec) == Strings{"A=a=b"});
}

TEST_CASE("what is both unset and set is set") {
  JobSpec spec;
  spec.unset_env = {"A"};
  spec.set_env = {{"A", "1"}};
  CHECK(changed({"A=0"}, spec) == Strings{"A=1"});
}

TEST_CASE("a value is found under exactly its name, the first of several") {
  CHECK(std::string(value_in(strange, "A")) == "1");
  CHECK(std::string(value_in(strange, "C")) == "");
  CHECK(std::string(value_in(strange, "D")) == "a=b");
  CHECK(value_in(strange, "B") == nullptr);
  CHECK(value_in(strange, "AAA") == nullptr);
  CHECK(value_in(strange, "D=a") == nullptr);
}

TEST_CASE("limits have the numbers of setrlimit") {
  const auto limits = resource_limits({{"nofile", 64, 128}, {"core", 0, Limit::unlimited}, {"as", 1, 2}});
  REQUIRE(limits.size() == 3);
  CHECK(limits[0].resource == RLIMIT_NOFILE);
  CHECK(limits[0].soft == 64);
  CHECK(limits[0].hard == 128);
  CHECK(limits[1].resource == RLIMIT_CORE);
  CHECK(limits[1].soft == 0);
  CHECK(limits[1].hard == RLIM_INFINITY);
  CHECK(limits[2].resource == RLIMIT_AS);
}

TEST_CASE("each limit that is offered is known, others are refused") {
  CHECK(limit_names().size() == 16);
  for (const auto name : limit_names()) CHECK(resource_limits({{std::string(name), 0, 0}}).size() == 1);
  for (const std::string name : {"", "NOFILE", "RLIMIT_NOFILE", "files", "nofile "}) {
    CAPTURE(name);
    CHECK(test::failure_of([&] { resource_limits({{name, 0, 0}}); }).code() == Errc::bad_value);
  }
}
