// SPDX-License-Identifier: MIT
// The lifecycle of jobs whose target leaves processes behind, and of jobs with a time limit.
#include <doctest/doctest.h>

#include "unit/monitor_life.hpp"

using namespace brood;
using namespace brood::monitor;
using namespace brood::test;
using namespace std::chrono_literals;

TEST_CASE("leave: orphans live on, and the job is over without them") {
  Life life = with(OrphanPolicy::leave);
  life.at(0s, Kind::target_ended);
  CHECK(life.state.is_over);
  life.at(0s, Kind::left_behind);
  CHECK(life.state.phase == Phase::lingering);
  CHECK(life.actions == Actions{Action::release, Action::answer_target});
  CHECK_FALSE(life.next_due().has_value());
}

TEST_CASE("wait: the job is over only when its orphans are") {
  Life life = with(OrphanPolicy::wait);
  life.at(0s, Kind::target_ended);
  CHECK_FALSE(life.state.is_over);
  CHECK(life.actions == Actions{Action::record});
  life.at(1s, Kind::left_behind);
  CHECK(life.actions == Actions{Action::answer_target});
  CHECK_FALSE(life.state.is_over);
  life.at(2s, Kind::tree_empty);
  CHECK(life.state.is_over);
  CHECK(life.actions == finishing);
}

TEST_CASE("terminate: orphans are stopped with the job's grace, then killed") {
  Life life = with(OrphanPolicy::terminate);
  life.at(0s, Kind::target_ended);
  CHECK(life.state.is_over);
  CHECK(life.state.phase == Phase::lingering);
  life.at(1s, Kind::left_behind);
  CHECK(life.state.phase == Phase::stopping);
  CHECK(life.state.scope == Scope::tree);
  CHECK(life.actions == Actions{Action::release, Action::answer_target, Action::record, Action::send_stop});
  CHECK(life.next_due() == 4s);
  CHECK(life.at(4s, Kind::due).actions == Actions{Action::send_kill});
  CHECK(life.at(4s, Kind::tree_empty).actions == finishing);
}

TEST_CASE("terminate: told again and again of orphans, it stops them once and keeps the deadline") {
  Life life = with(OrphanPolicy::terminate);
  life.at(0s, Kind::target_ended)
      .at(0s, Kind::left_behind)
      .at(1s, Kind::left_behind)
      .at(2s, Kind::left_behind);
  CHECK(life.actions == Actions{Action::release, Action::answer_target});
  CHECK(life.next_due() == 3s);
  CHECK(life.at(3s, Kind::due).state.phase == Phase::killing);
  CHECK(life.at(3s, Kind::left_behind).state.phase == Phase::killing);
}

TEST_CASE("terminate: without orphans nothing is stopped") {
  Life life = with(OrphanPolicy::terminate);
  life.at(0s, Kind::target_ended).at(0s, Kind::tree_empty);
  CHECK(life.actions == finishing);
}

TEST_CASE("terminate: the target's own end stays its own") {
  Life life = with(OrphanPolicy::terminate);
  life.at(0s, Kind::target_ended).at(0s, Kind::left_behind);
  CHECK(life.state.cause == Cause::own);
}

TEST_CASE("orphans are never dealt with while the target lives") {
  for (const OrphanPolicy policy : {OrphanPolicy::leave, OrphanPolicy::wait, OrphanPolicy::terminate}) {
    Life life = with(policy);
    life.at(0s, Kind::left_behind);
    CHECK(life.state.phase == Phase::running);
    CHECK(life.actions.empty());
  }
}

TEST_CASE("lingering: a stop reaches the orphans and leaves the recorded cause alone") {
  for (const OrphanPolicy policy : {OrphanPolicy::leave, OrphanPolicy::wait}) {
    Life life = with(policy);
    life.at(0s, Kind::target_ended).at(1s, {Kind::stop, Scope::tree, 2s});
    CHECK(life.state.phase == Phase::stopping);
    CHECK(life.state.cause == Cause::own);
    CHECK(life.actions == Actions{Action::record, Action::send_stop});
    CHECK(life.next_due() == 3s);
    CHECK(life.at(2s, Kind::tree_empty).actions == finishing);
  }
}

TEST_CASE("lingering: a kill reaches the orphans") {
  Life life = with(OrphanPolicy::leave);
  life.at(0s, Kind::target_ended).at(1s, {Kind::kill, Scope::tree, {}});
  CHECK(life.state.phase == Phase::killing);
  CHECK(life.actions == Actions{Action::record, Action::send_kill});
}

TEST_CASE("what a stop of the target alone leaves behind is treated by the policy") {
  Life left = with(OrphanPolicy::leave);
  left.at(0s, {Kind::stop, Scope::target_only, {}}).at(0s, Kind::target_ended).at(0s, Kind::left_behind);
  CHECK(left.state.phase == Phase::lingering);
  Life ended = with(OrphanPolicy::terminate);
  ended.at(0s, {Kind::stop, Scope::target_only, {}}).at(0s, Kind::target_ended).at(1s, Kind::left_behind);
  CHECK(ended.state.phase == Phase::stopping);
  CHECK(ended.next_due() == 4s);
}

TEST_CASE("the time limit stops a running job, which is then its cause") {
  Life life = with(OrphanPolicy::leave, 10s);
  CHECK(life.next_due() == 10s);
  life.at(9999ms, Kind::due);
  CHECK(life.actions.empty());
  life.at(10s, Kind::due);
  CHECK(life.state.phase == Phase::stopping);
  CHECK(life.state.cause == Cause::time_limit);
  CHECK(life.state.scope == Scope::tree);
  CHECK(life.actions == Actions{Action::record, Action::send_stop});
  CHECK(life.next_due() == 13s);
}

TEST_CASE("a job that is being stopped when its time is up was not stopped by that") {
  Life life = with(OrphanPolicy::leave, 10s);
  life.at(9s, {Kind::stop, Scope::tree, 60s});
  CHECK(life.next_due() == 69s);
  life.at(10s, Kind::due);
  CHECK(life.state.cause == Cause::asked);
  CHECK(life.actions.empty());
}

TEST_CASE("a stop that follows the time limit does not become its cause") {
  Life life = with(OrphanPolicy::leave, 10s);
  life.at(10s, Kind::due).at(11s, {Kind::kill, Scope::tree, {}}).at(11s, Kind::target_ended);
  CHECK(life.state.cause == Cause::time_limit);
}

TEST_CASE("the time limit is for the target, and for orphans only if the job waits for them") {
  Life left = with(OrphanPolicy::leave, 10s);
  left.at(1s, Kind::target_ended);
  CHECK_FALSE(left.next_due().has_value());
  CHECK(left.at(10s, Kind::due).actions.empty());

  Life waits = with(OrphanPolicy::wait, 10s);
  waits.at(1s, Kind::target_ended);
  CHECK(waits.next_due() == 10s);
  waits.at(10s, Kind::due);
  CHECK(waits.state.phase == Phase::stopping);
  CHECK(waits.state.cause == Cause::time_limit);
}

TEST_CASE("a time limit that could not be enforced is not tried for ever") {
  Life life = with(OrphanPolicy::leave, 10s);
  life.at(10s, Kind::due).at(13s, Kind::due).at(13s, Kind::refused);
  CHECK(life.state.phase == Phase::running);
  CHECK_FALSE(life.next_due().has_value());
}
