// SPDX-License-Identifier: MIT
// What the tests of the lifecycle share: a job's life, told event by event, without a clock.
#pragma once

#include <optional>
#include <vector>

#include "monitor/lifecycle.hpp"

namespace brood::test {

using Kind = monitor::Event::Kind;
using Actions = std::vector<monitor::Action>;

inline const monitor::Time start{std::chrono::seconds(1000)};

/// A job as it lives: what has happened to it so far, and what was to be done about the last of it.
struct Life {
  monitor::Policy policy;
  monitor::State state;
  Actions actions;

  Life& at(std::chrono::milliseconds after_start, const monitor::Event& what) {
    const monitor::Step next = step(state, policy, what, start + after_start);
    state = next.state;
    actions = next.actions;
    return *this;
  }
  Life& at(std::chrono::milliseconds after_start, Kind kind) {
    return at(after_start, {kind, Scope::tree, {}});
  }
  std::optional<std::chrono::milliseconds> next_due() const {
    const auto due = next_deadline(state, policy);
    if (!due) return std::nullopt;
    return std::chrono::duration_cast<std::chrono::milliseconds>(*due - start);
  }
};

inline Life with(OrphanPolicy orphans, std::optional<std::chrono::milliseconds> limit = {}) {
  Life life;
  life.policy.orphans = orphans;
  life.policy.grace = std::chrono::seconds(3);
  if (limit) life.policy.time_limit = start + *limit;
  return life;
}

inline const Actions finishing{monitor::Action::record, monitor::Action::release,
                               monitor::Action::answer_tree, monitor::Action::finish};

}  // namespace brood::test
