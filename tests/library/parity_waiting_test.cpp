// SPDX-License-Identifier: MIT
// Waiting, ending and closing, compared with multiprocessing: scenarios/waiting.cpp.
#include "library/parity.hpp"

namespace {

using brood::test::under_all;
using brood::test::under_fork_else;
using brood::test::under_forkserver_else;
using enum brood::StartMethod;

PARITY_CASE("PC-11", "terminate, then again, and kill", under_all("-15 none none -15"))

PARITY_CASE("PC-12", "a child that ignores SIGTERM", under_all("true / -9"))

PARITY_CASE("PC-13", "join with timeouts", under_all("none none none none / none 0"))

PARITY_CASE("PC-14", "join with absurd timeouts", under_all("bad_value bad_value bad_value"))

PARITY_CASE("PC-15", "the rules of close",
            {{fork,
              "still_running / none none [closed, closed, closed] "
              "[closed, closed, closed, closed, closed] ForkProcess-1"},
             {spawn,
              "still_running / none none [closed, closed, closed] "
              "[closed, closed, closed, closed, closed] SpawnProcess-1"},
             {forkserver,
              "still_running / none none [closed, closed, closed] "
              "[closed, closed, closed, closed, closed] ForkServerProcess-1"}})

PARITY_CASE("PC-16", "close before the start", under_all("closed"))

PARITY_CASE("PC-21", "wait for several", under_all("[] / [a, b] 2 / 3"))

PARITY_CASE("PC-22", "wait for nothing, and for what cannot be waited for",
            under_all("[] (a day later) bad_value bad_value bad_value / (never)"))

PARITY_CASE("PC-23", "a descendant holds what the child had",
            under_forkserver_else("true true false 0", "false false false 0"))

PARITY_CASE("PC-24", "a child executes another program", under_fork_else("true 0", "false none"))

PARITY_CASE("PC-38", "four threads join at once", under_forkserver_else("255", "0"))

PARITY_CASE("PC-39", "a stopped child", under_all("true none / true / -9"))

PARITY_CASE("PC-40", "how pools end",
            {{fork, "pool_open / pool_closed true none / [-15, 0] timed_out"},
             {spawn, "pool_open / pool_closed true none / [-15, -15] timed_out"},
             {forkserver, "pool_open / pool_closed true none / [0, -15] timed_out"}})

}  // namespace
