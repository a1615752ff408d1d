// SPDX-License-Identifier: MIT
// The life of a launched job as one pure function: no clock, no process, no file. The monitor turns what happens into
// events, and carries out the actions in their order.
//
//            stop, time limit            grace over, kill
//   running ------------------> stopping ---------------> killing
//      |                           |                         |
//      |  target ended             |                         |
//      v            stop, kill     |                         |
//   lingering --------------------------> stopping, killing  |
//      |      left behind, and the policy is to terminate    |
//      |  tree empty               |  tree empty             |  tree empty
//      v                           v                         v
//   finished                    finished                  finished
//
// A restart is a stop that ends, instead of in `finished`, in `relaunching`: there the target is launched again, and the
// job goes on as it began, or ends if that fails. Any other stop in between calls it off.
//
// The target may end in any phase; only then can the tree be empty. A stop that reaches only the target is over when the target is. Whoever asked for a stop or kill is answered when
// what they asked to be gone is gone, or when it has turned out that it cannot be made to go.
#pragma once

#include <optional>
#include <vector>

#include "brood/exit_status.hpp"
#include "brood/job_spec.hpp"
#include "brood/scope.hpp"
#include "os/clock.hpp"

namespace brood::monitor {

using Time = os::SteadyTime;

struct Policy {
  int stop_signal = SIGTERM;
  std::chrono::milliseconds grace{10'000};
  OrphanPolicy orphans = OrphanPolicy::leave;
  std::optional<Time> time_limit;
};

enum class Phase { running, stopping, killing, lingering, relaunching, finished };

/// Why the target ended, where that is not its own doing.
enum class Cause { own, asked, time_limit, parent_ended };

struct State {
  Phase phase = Phase::running;
  bool is_target_alive = true;
  bool is_over = false;  // for those who wait for the job: its end is on record and final
  bool will_relaunch = false;
  Cause cause = Cause::own;
  Scope scope = Scope::tree;     // of the stop or kill under way
  std::optional<Time> deadline;  // when the stop or kill under way has been given long enough
};

struct Event {
  enum class Kind {
    target_ended,
    left_behind,   // the target has ended and processes of its tree live on; may be told again and again
    tree_empty,    // nothing of the job lives any more; only told once the target has ended
    due,           // the time that next_deadline() named has come
    stop,          // asked to terminate, with `grace`, as far as `scope`
    kill,          // asked to kill, as far as `scope`
    restart,       // asked to terminate, with `grace`, and to launch again
    parent_ended,  // the process that the job is not to outlive
    relaunched,
    not_relaunched,
    refused,  // all that is left of the tree cannot be signalled
  };
  Kind kind = Kind::due;
  Scope scope = Scope::tree;
  std::optional<std::chrono::milliseconds> grace;
};

enum class Action {
  record,          // write the record as it now is
  release,         // let the sentinel go
  send_stop,       // stop signal, then SIGCONT, to each member in scope that has not had it
  send_kill,       // SIGKILL to each member in scope
  kill_target,     // SIGKILL to the target alone, while more than it is being stopped
  answer_target,   // those who wanted the target gone
  answer_tree,     // those who wanted all gone
  answer_refused,  // all of them: it could not be done
  answer_restart,  // those who wanted it launched again: it is
  call_off,        // the same: somebody wants it gone instead
  fail_restart,    // the same: it cannot be
  relaunch,        // launch the target again, and tell how that went
  finish,
};

struct Step {
  State state;
  std::vector<Action> actions;
};

Step step(State state, const Policy& policy, const Event& event, Time now);

/// When the next Event::Kind::due is wanted.
std::optional<Time> next_deadline(const State& state, const Policy& policy);

}  // namespace brood::monitor
