// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "brood/job_spec.hpp"
#include "brood/job_state.hpp"
#include "brood/start_method.hpp"

using namespace brood;

TEST_CASE("each state has its word, and back") {
  const std::pair<JobState, std::string_view> words[] = {
      {JobState::created, "created"},   {JobState::running, "running"}, {JobState::restarting, "restarting"},
      {JobState::stopping, "stopping"}, {JobState::exited, "exited"},   {JobState::orphaned, "orphaned"},
      {JobState::lost, "lost"},         {JobState::damaged, "damaged"},
  };
  for (const auto& [state, word] : words) {
    CHECK(to_string(state) == word);
    CHECK(parse_job_state(word) == state);
  }
}

TEST_CASE("a job is live, over, or neither") {
  for (const JobState state :
       {JobState::running, JobState::restarting, JobState::stopping, JobState::orphaned}) {
    CHECK(is_live(state));
    CHECK_FALSE(is_over(state));
  }
  for (const JobState state : {JobState::exited, JobState::lost}) {
    CHECK_FALSE(is_live(state));
    CHECK(is_over(state));
  }
  for (const JobState state : {JobState::created, JobState::damaged}) {
    CHECK_FALSE(is_live(state));
    CHECK_FALSE(is_over(state));
  }
}

TEST_CASE("start methods and orphan policies have their words, and back") {
  CHECK(to_string(StartMethod::fork) == "fork");
  CHECK(to_string(StartMethod::spawn) == "spawn");
  CHECK(to_string(StartMethod::forkserver) == "forkserver");
  CHECK(parse_start_method("spawn") == StartMethod::spawn);
  CHECK(to_string(OrphanPolicy::leave) == "leave");
  CHECK(to_string(OrphanPolicy::wait) == "wait");
  CHECK(to_string(OrphanPolicy::terminate) == "terminate");
  CHECK(parse_orphan_policy("wait") == OrphanPolicy::wait);
}

TEST_CASE("words are taken exactly") {
  for (const std::string word :
       {"", "Running", "RUNNING", "running ", " running", "run", "exited0", "unknown"}) {
    CAPTURE(word);
    CHECK_FALSE(parse_job_state(word).has_value());
    CHECK_FALSE(parse_start_method(word).has_value());
    CHECK_FALSE(parse_orphan_policy(word).has_value());
  }
}
