// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/stat.h>

#include "os/file.hpp"
#include "store/name_index.hpp"
#include "support/temp_dir.hpp"

using namespace brood;
using namespace brood::store;
using namespace brood::test;
using Ids = std::vector<JobId>;

namespace {

struct State {
  TempStateDir temp;
  StateDir dir = StateDir::make(temp.path());
  void add_job(JobId id) const {
    ::mkdir((temp / "jobs").c_str(), 0700);
    REQUIRE(::mkdir((temp / ("jobs/" + std::to_string(id))).c_str(), 0700) == 0);
  }
};

}  // namespace

TEST_CASE("without an index nothing is known") {
  const State state;
  CHECK_FALSE(find_in_index(state.dir, "web").has_value());
}

TEST_CASE("the index leads to every job of a name, in the order of their ids, and to no other") {
  const State state;
  make_index(state.dir);
  for (const JobId id : {1, 10, 9}) {
    add_to_index(state.dir, "web", id);
    state.add_job(id);
  }
  add_to_index(state.dir, "db", 4);
  CHECK(find_in_index(state.dir, "web") == Ids{1, 9, 10});
  CHECK(find_in_index(state.dir, "db") == Ids{4});
  CHECK(find_in_index(state.dir, "nothing") == Ids{});
}

TEST_CASE("an entry can be made twice and removed twice") {
  const State state;
  make_index(state.dir);
  add_to_index(state.dir, "web", 1);
  add_to_index(state.dir, "web", 1);
  CHECK(find_in_index(state.dir, "web") == Ids{1});
  remove_from_index(state.dir, "web", 1);
  remove_from_index(state.dir, "web", 1);
  CHECK(find_in_index(state.dir, "web") == Ids{});
}

TEST_CASE("any name that a job can bear can be found") {
  const State state;
  make_index(state.dir);
  for (const std::string& name :
       {std::string(255, 'x'), std::string(".."), std::string("a b"), std::string("\u65e5")}) {
    add_to_index(state.dir, name, 7);
    CHECK(find_in_index(state.dir, name) == Ids{7});
  }
}

TEST_CASE("a state directory that had jobs before there was an index goes without one") {
  const State state;
  for (const JobId id : {1, 2}) state.add_job(id);
  add_to_index(state.dir, "web", 2);
  CHECK_FALSE(find_in_index(state.dir, "web").has_value());
}

TEST_CASE("entries that lead nowhere are swept away") {
  const State state;
  make_index(state.dir);
  add_to_index(state.dir, "web", 1);
  add_to_index(state.dir, "web", 2);
  state.add_job(2);
  sweep_index(state.dir);
  CHECK(find_in_index(state.dir, "web") == Ids{2});
}
