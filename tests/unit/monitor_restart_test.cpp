// SPDX-License-Identifier: MIT
// The lifecycle of jobs that are launched again, and of jobs that end with their parent.
#include <doctest/doctest.h>

#include "unit/monitor_life.hpp"

using namespace brood;
using namespace brood::monitor;
using namespace brood::test;
using namespace std::chrono_literals;

namespace {

// A job whose target and tree a restart has ended: the next event tells how the launch went.
Life relaunching(OrphanPolicy orphans = OrphanPolicy::leave) {
  Life life = with(orphans);
  life.at(0s, Kind::restart).at(1s, Kind::target_ended).at(1s, Kind::tree_empty);
  return life;
}

Actions together(Actions first, const Actions& then) {
  first.insert(first.end(), then.begin(), then.end());
  return first;
}

constexpr OrphanPolicy policies[] = {OrphanPolicy::leave, OrphanPolicy::wait, OrphanPolicy::terminate};

}  // namespace

TEST_CASE("a restart stops the whole job, with the grace that it brings or else the job's own") {
  Life life = with(OrphanPolicy::leave);
  life.at(1s, Kind::restart);
  CHECK(life.state.phase == Phase::stopping);
  CHECK(life.state.scope == Scope::tree);
  CHECK(life.state.will_relaunch);
  CHECK(life.actions == Actions{Action::record, Action::send_stop});
  CHECK(life.next_due() == 4s);
  CHECK(with(OrphanPolicy::leave).at(1s, {Kind::restart, Scope::tree, 0ms}).next_due() == 1s);
}

TEST_CASE("while it is restarted a job is not over, whatever becomes of orphans, and nobody is let go") {
  for (const OrphanPolicy policy : policies) {
    Life life = with(policy);
    life.at(0s, Kind::restart).at(1s, Kind::target_ended);
    CHECK_FALSE(life.state.is_over);
    CHECK(life.state.phase == Phase::stopping);
    CHECK(life.actions == Actions{Action::record});
    life.at(1s, Kind::left_behind);
    CHECK(life.actions == Actions{Action::answer_target});
    life.at(2s, Kind::tree_empty);
    CHECK_FALSE(life.state.is_over);
    CHECK(life.state.phase == Phase::relaunching);
    CHECK(life.actions == Actions{Action::record, Action::answer_tree, Action::relaunch});
    CHECK_FALSE(life.next_due().has_value());
  }
}

TEST_CASE("a restart kills what is deaf to it, and then launches") {
  Life life = with(OrphanPolicy::leave);
  life.at(0s, Kind::restart).at(3s, Kind::due);
  CHECK(life.state.phase == Phase::killing);
  CHECK(life.actions == Actions{Action::send_kill});
  life.at(3s, Kind::target_ended).at(3s, Kind::tree_empty);
  CHECK(life.state.phase == Phase::relaunching);
}

TEST_CASE("launched again, a job begins as it began") {
  for (const OrphanPolicy policy : policies) {
    Life life = relaunching(policy);
    life.at(2s, Kind::relaunched);
    CHECK(life.actions == Actions{Action::answer_restart});
    CHECK(life.state.phase == Phase::running);
    CHECK(life.state.is_target_alive);
    CHECK_FALSE(life.state.is_over);
    CHECK_FALSE(life.state.will_relaunch);
    CHECK(life.state.cause == Cause::own);
    CHECK_FALSE(life.next_due().has_value());
    life.at(9s, Kind::target_ended).at(9s, Kind::tree_empty);
    CHECK(life.state.phase == Phase::finished);
    CHECK(life.actions == finishing);
  }
}

TEST_CASE("a launch that fails ends the job, after those who wanted it have been told") {
  for (const OrphanPolicy policy : policies) {
    Life life = relaunching(policy);
    life.at(2s, Kind::not_relaunched);
    CHECK(life.actions == together({Action::fail_restart}, finishing));
    CHECK(life.state.phase == Phase::finished);
    CHECK(life.state.is_over);
    CHECK_FALSE(life.state.will_relaunch);
  }
}

TEST_CASE("how a launch went is of no interest where none was wanted") {
  for (const Kind kind : {Kind::relaunched, Kind::not_relaunched}) {
    Life life = with(OrphanPolicy::leave);
    life.at(1s, kind);
    CHECK(life.state.phase == Phase::running);
    CHECK(life.actions.empty());
    life.at(1s, Kind::stop).at(2s, kind);
    CHECK(life.state.phase == Phase::stopping);
    CHECK(life.actions.empty());
  }
}

TEST_CASE("an empty tree is no news while the target is being launched again") {
  Life life = relaunching();
  life.at(2s, Kind::tree_empty);
  CHECK(life.state.phase == Phase::relaunching);
  CHECK(life.actions.empty());
}

TEST_CASE("a restart joins a stop that is under way: it is launched again after all") {
  Life life = with(OrphanPolicy::leave);
  life.at(0s, {Kind::stop, Scope::tree, 60s}).at(1s, Kind::restart);
  CHECK(life.actions == Actions{Action::send_stop});
  CHECK(life.next_due() == 4s);
  life.at(2s, Kind::target_ended).at(2s, Kind::tree_empty);
  CHECK(life.state.phase == Phase::relaunching);
}

TEST_CASE("a restart of a job whose orphans are waited for ends them, and launches again") {
  Life life = with(OrphanPolicy::wait);
  life.at(0s, Kind::target_ended).at(0s, Kind::left_behind).at(1s, Kind::restart);
  CHECK(life.state.phase == Phase::stopping);
  CHECK(life.next_due() == 4s);
  life.at(2s, Kind::tree_empty);
  CHECK(life.state.phase == Phase::relaunching);
}

TEST_CASE("a stop or kill calls a restart off, and tells those who wanted it") {
  for (const Kind kind : {Kind::stop, Kind::kill, Kind::parent_ended}) {
    Life life = with(OrphanPolicy::leave);
    life.at(0s, Kind::restart).at(1s, kind);
    CHECK_FALSE(life.state.will_relaunch);
    REQUIRE_FALSE(life.actions.empty());
    CHECK(life.actions.front() == Action::call_off);
    CHECK(life.actions.back() == (kind == Kind::kill ? Action::send_kill : Action::send_stop));
    life.at(2s, Kind::target_ended);
    CHECK(life.state.is_over);
    life.at(2s, Kind::tree_empty);
    CHECK(life.state.phase == Phase::finished);
    CHECK(life.actions == finishing);
  }
}

TEST_CASE("a stop that comes after the target has ended calls a restart off, and the job is over then") {
  for (const OrphanPolicy policy : policies) {
    Life life = with(policy);
    life.at(0s, Kind::restart).at(1s, Kind::target_ended).at(1s, Kind::stop);
    CHECK(life.actions.front() == Action::call_off);
    CHECK(life.state.is_over == (policy != OrphanPolicy::wait));
    life.at(2s, Kind::tree_empty);
    CHECK(life.state.phase == Phase::finished);
    CHECK(life.state.is_over);
  }
}

TEST_CASE("nobody is told of a restart that nobody wanted") {
  for (const Kind kind : {Kind::stop, Kind::kill, Kind::parent_ended}) {
    Life life = with(OrphanPolicy::leave);
    life.at(1s, kind);
    for (const Action action : life.actions) CHECK(action != Action::call_off);
  }
}

TEST_CASE("the time limit calls a restart off once it has something to end") {
  // While the restart's stop is under way it is that which ends the target.
  Life stopping = with(OrphanPolicy::leave, 10s);
  stopping.at(9s, {Kind::restart, Scope::tree, 60s});
  CHECK(stopping.next_due() == 69s);
  CHECK(stopping.at(10s, Kind::due).actions.empty());
  CHECK(stopping.state.will_relaunch);

  // What is launched again has a limit of its own, which is the policy's business.
  Life again = with(OrphanPolicy::leave, 10s);
  again.at(1s, Kind::restart).at(2s, Kind::target_ended).at(2s, Kind::tree_empty).at(2s, Kind::relaunched);
  again.policy.time_limit = start + 12s;
  CHECK(again.next_due() == 12s);
  again.at(12s, Kind::due);
  CHECK(again.state.cause == Cause::time_limit);
  CHECK(again.actions == Actions{Action::record, Action::send_stop});
}

TEST_CASE("a restart that cannot end the job has failed, and the job goes on as it is") {
  Life alive = with(OrphanPolicy::leave);
  alive.at(0s, Kind::restart).at(3s, Kind::due).at(3s, Kind::refused);
  CHECK(alive.state.phase == Phase::running);
  CHECK_FALSE(alive.state.will_relaunch);
  CHECK(alive.actions == Actions{Action::fail_restart, Action::record, Action::answer_refused});
  CHECK_FALSE(alive.next_due().has_value());

  Life left = with(OrphanPolicy::leave);
  left.at(0s, Kind::restart).at(1s, Kind::target_ended).at(3s, Kind::due).at(8s, Kind::due);
  CHECK(left.state.phase == Phase::lingering);
  CHECK(left.state.is_over);
  CHECK(left.actions == Actions{Action::fail_restart, Action::record, Action::answer_refused});
}

TEST_CASE("running: the parent ends, and the job is stopped for that") {
  Life life = with(OrphanPolicy::leave);
  life.at(1s, Kind::parent_ended);
  CHECK(life.state.phase == Phase::stopping);
  CHECK(life.state.cause == Cause::parent_ended);
  CHECK(life.state.scope == Scope::tree);
  CHECK(life.actions == Actions{Action::record, Action::send_stop});
  CHECK(life.next_due() == 4s);
  CHECK(life.at(4s, Kind::due).actions == Actions{Action::send_kill});
  life.at(4s, Kind::target_ended);
  CHECK(life.state.cause == Cause::parent_ended);
  CHECK(life.at(4s, Kind::tree_empty).actions == finishing);
}

TEST_CASE(
    "stopping: the end of the parent is not the cause, but reaches the whole tree within the job's grace") {
  Life life = with(OrphanPolicy::leave);
  life.at(0s, {Kind::stop, Scope::target_only, 60s}).at(1s, Kind::parent_ended);
  CHECK(life.state.phase == Phase::stopping);
  CHECK(life.state.cause == Cause::asked);
  CHECK(life.state.scope == Scope::tree);
  CHECK(life.actions == Actions{Action::send_stop});
  CHECK(life.next_due() == 4s);
}

TEST_CASE("killing: the end of the parent adds nothing, but for its reach") {
  Life whole = with(OrphanPolicy::leave);
  whole.at(0s, Kind::kill).at(1s, Kind::parent_ended);
  CHECK(whole.state.phase == Phase::killing);
  CHECK(whole.state.cause == Cause::asked);
  CHECK(whole.actions.empty());
  CHECK(whole.next_due() == 5s);

  Life target = with(OrphanPolicy::leave);
  target.at(0s, {Kind::kill, Scope::target_only, {}}).at(1s, Kind::parent_ended);
  CHECK(target.state.scope == Scope::tree);
  CHECK(target.actions == Actions{Action::send_kill});
}

TEST_CASE("lingering: the end of the parent ends what the target has left, and is not why that ended") {
  for (const OrphanPolicy policy : policies) {
    Life life = with(policy);
    life.at(0s, Kind::target_ended).at(0s, Kind::left_behind).at(1s, Kind::parent_ended);
    CHECK(life.state.phase == Phase::stopping);
    CHECK(life.state.cause == Cause::own);
    CHECK(life.state.is_over == (policy != OrphanPolicy::wait));
    CHECK(life.actions.back() == Action::send_stop);
    CHECK(life.at(2s, Kind::tree_empty).actions == finishing);
  }
}

TEST_CASE("finished: neither parent nor restart changes anything") {
  Life life = with(OrphanPolicy::leave);
  life.at(0s, Kind::target_ended).at(0s, Kind::tree_empty);
  for (const Kind late : {Kind::parent_ended, Kind::restart, Kind::relaunched, Kind::not_relaunched}) {
    life.at(1s, late);
    CHECK(life.state.phase == Phase::finished);
    CHECK(life.actions.empty());
  }
}
