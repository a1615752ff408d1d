// SPDX-License-Identifier: MIT
// Each arrow of the drawing in monitor/lifecycle.hpp, without a clock: time is what the test says.
#include <doctest/doctest.h>

#include "unit/monitor_life.hpp"

using namespace brood;
using namespace brood::monitor;
using namespace brood::test;
using namespace std::chrono_literals;

namespace {

Event event(Kind kind) { return {kind, Scope::tree, {}}; }
Event stop(std::optional<std::chrono::milliseconds> grace = {}, Scope scope = Scope::tree) {
  return {Kind::stop, scope, grace};
}
Event kill(Scope scope = Scope::tree) { return {Kind::kill, scope, {}}; }

}  // namespace

TEST_CASE("a running job waits for nothing but its end") {
  const Life life;
  CHECK(life.state.phase == Phase::running);
  CHECK_FALSE(life.next_due().has_value());
}

TEST_CASE("running: the target ends, and the job is over at once") {
  Life life;
  life.at(1s, event(Kind::target_ended));
  CHECK(life.state.phase == Phase::lingering);
  CHECK_FALSE(life.state.is_target_alive);
  CHECK(life.state.is_over);
  CHECK(life.state.cause == Cause::own);
  CHECK(life.actions == Actions{Action::record});
  CHECK_FALSE(life.next_due().has_value());
}

TEST_CASE("lingering: the tree is empty, and the monitor's work is done") {
  Life life;
  life.at(1s, event(Kind::target_ended)).at(1s, event(Kind::tree_empty));
  CHECK(life.state.phase == Phase::finished);
  CHECK(life.actions == finishing);
}

TEST_CASE("the tree is never empty while the target lives") {
  Life life;
  life.at(1s, event(Kind::tree_empty));
  CHECK(life.state.phase == Phase::running);
  CHECK(life.actions.empty());
}

TEST_CASE("finished: nothing that comes changes anything") {
  Life life;
  life.at(1s, event(Kind::target_ended)).at(1s, event(Kind::tree_empty));
  for (const Event& late : {stop(), kill(), event(Kind::due), event(Kind::tree_empty),
                            event(Kind::left_behind), event(Kind::refused), event(Kind::target_ended)}) {
    life.at(2s, late);
    CHECK(life.state.phase == Phase::finished);
    CHECK(life.actions.empty());
  }
}

TEST_CASE("running: a stop is recorded, then sent, and has its grace") {
  Life life;
  life.at(1s, stop());
  CHECK(life.state.phase == Phase::stopping);
  CHECK(life.state.cause == Cause::asked);
  CHECK(life.actions == Actions{Action::record, Action::send_stop});
  CHECK(life.next_due() == 11s);
  CHECK(Life().at(1s, stop(300ms)).next_due() == 1300ms);
}

TEST_CASE("stopping: when the grace is over, and not before, all that is left is killed") {
  Life life;
  life.at(0s, stop(2s)).at(1999ms, event(Kind::due));
  CHECK(life.state.phase == Phase::stopping);
  CHECK(life.actions.empty());
  life.at(2s, event(Kind::due));
  CHECK(life.state.phase == Phase::killing);
  CHECK(life.actions == Actions{Action::send_kill});
}

TEST_CASE("a stop without grace is killed as soon as it is due") {
  Life life;
  life.at(1s, stop(0ms));
  CHECK(life.next_due() == 1s);
  CHECK(life.at(1s, event(Kind::due)).state.phase == Phase::killing);
}

TEST_CASE(
    "stopping: the target ends, its waiters learn of it once the rest is known, and that is still being "
    "stopped") {
  Life life;
  life.at(0s, stop(2s)).at(1s, event(Kind::target_ended));
  CHECK(life.state.phase == Phase::stopping);
  CHECK(life.state.is_over);
  CHECK(life.actions == Actions{Action::record});
  CHECK(life.at(1s, event(Kind::left_behind)).actions == Actions{Action::release, Action::answer_target});
  CHECK(life.next_due() == 2s);
  CHECK(life.at(2s, event(Kind::due)).state.phase == Phase::killing);
  CHECK(life.at(2s, event(Kind::tree_empty)).actions == finishing);
}

TEST_CASE("stopping: the tree is empty, and no grace is waited out") {
  Life life;
  life.at(0s, stop()).at(1s, event(Kind::target_ended)).at(1s, event(Kind::tree_empty));
  CHECK(life.state.phase == Phase::finished);
  CHECK_FALSE(life.next_due().has_value());
}

TEST_CASE("a second stop joins the first: the earlier deadline counts") {
  Life life;
  life.at(0s, stop(10s)).at(1s, stop(2s));
  CHECK(life.state.phase == Phase::stopping);
  CHECK(life.next_due() == 3s);
  CHECK(life.actions == Actions{Action::send_stop});
  life.at(1s, stop(60s));
  CHECK(life.next_due() == 3s);
}

TEST_CASE("a second stop can widen the first to the whole tree, not narrow it") {
  Life life;
  life.at(0s, stop(10s, Scope::target_only));
  CHECK(life.state.scope == Scope::target_only);
  life.at(1s, stop(10s, Scope::tree));
  CHECK(life.state.scope == Scope::tree);
  CHECK(life.actions == Actions{Action::send_stop});
  CHECK(life.at(2s, stop(10s, Scope::target_only)).state.scope == Scope::tree);
}

TEST_CASE("running: a kill is recorded and sent at once") {
  Life life;
  life.at(1s, kill());
  CHECK(life.state.phase == Phase::killing);
  CHECK(life.state.cause == Cause::asked);
  CHECK(life.actions == Actions{Action::record, Action::send_kill});
}

TEST_CASE("a kill overtakes a stop") {
  Life life;
  life.at(0s, stop(1h)).at(1s, kill());
  CHECK(life.state.phase == Phase::killing);
  CHECK(life.actions == Actions{Action::send_kill});
}

TEST_CASE("a stop does not hold up a kill, but can widen it") {
  Life life;
  life.at(0s, kill(Scope::target_only)).at(1s, stop(1h, Scope::target_only));
  CHECK(life.state.phase == Phase::killing);
  CHECK(life.actions.empty());
  life.at(1s, stop(1h, Scope::tree));
  CHECK(life.state.phase == Phase::killing);
  CHECK(life.state.scope == Scope::tree);
  CHECK(life.actions == Actions{Action::send_kill});
}

TEST_CASE("killing: the target ends, then the tree is empty") {
  Life life;
  life.at(0s, kill()).at(1ms, event(Kind::target_ended));
  CHECK(life.state.phase == Phase::killing);
  CHECK(life.actions == Actions{Action::record});
  CHECK(life.at(2ms, event(Kind::tree_empty)).actions == finishing);
}

TEST_CASE("killing: what cannot be killed is waited for a while, then it is told") {
  Life life;
  life.at(0s, kill());
  const auto due = life.next_due();
  REQUIRE(due.has_value());
  CHECK(*due > 0s);
  CHECK(life.at(*due, event(Kind::due)).actions == Actions{Action::record, Action::answer_refused});
  CHECK(life.state.phase == Phase::running);
  CHECK_FALSE(life.next_due().has_value());
}

TEST_CASE("killing: refused by the system, the job goes on as it was") {
  Life life;
  life.at(0s, kill()).at(0s, event(Kind::refused));
  CHECK(life.state.phase == Phase::running);
  CHECK(life.actions == Actions{Action::record, Action::answer_refused});

  Life ended;
  ended.at(0s, event(Kind::target_ended)).at(1s, kill()).at(1s, event(Kind::refused));
  CHECK(ended.state.phase == Phase::lingering);
  CHECK(ended.state.is_over);
}

TEST_CASE("nothing is refused that was not tried") {
  Life life;
  CHECK(life.at(0s, event(Kind::refused)).actions.empty());
  CHECK(life.at(0s, stop()).at(0s, event(Kind::refused)).state.phase == Phase::stopping);
}

TEST_CASE("a stop of the target alone is over when the target is") {
  Life life;
  life.at(0s, stop(2s, Scope::target_only)).at(1s, event(Kind::target_ended));
  CHECK(life.state.phase == Phase::lingering);
  CHECK(life.state.is_over);
  CHECK(life.actions == Actions{Action::record});
  CHECK_FALSE(life.next_due().has_value());
}

TEST_CASE("a kill of the target alone leaves a stop of the whole tree as it is") {
  Life life;
  life.at(0s, stop(2s)).at(1s, kill(Scope::target_only));
  CHECK(life.state.phase == Phase::stopping);
  CHECK(life.state.scope == Scope::tree);
  CHECK(life.actions == Actions{Action::kill_target});
  CHECK(life.next_due() == 2s);
}

TEST_CASE("a kill of the target alone is over when the target is") {
  Life life;
  life.at(0s, kill(Scope::target_only)).at(1ms, event(Kind::target_ended));
  CHECK(life.state.phase == Phase::lingering);
  CHECK_FALSE(life.next_due().has_value());
}
