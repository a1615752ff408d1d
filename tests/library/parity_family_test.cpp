// SPDX-License-Identifier: MIT
// Daemons, parents, children and the end of a program, compared with multiprocessing: scenarios/family.cpp.
#include "library/parity.hpp"

namespace {

using brood::test::under_all;
using brood::test::under_fork_else;
using brood::test::under_forkserver_else;

PARITY_CASE("PC-17", "the rules of the daemon flag", under_all("true already_started refused none n2"))

PARITY_CASE("PC-18", "a daemon may have no children", under_all("daemonic_child / 1"))

PARITY_CASE("PC-19", "the order in which a program ends", under_all("main-end D-term N-end"))

PARITY_CASE("PC-20", "the parent dies of SIGTERM", under_all("daemon survived rc -15"))

PARITY_CASE("PC-25", "active_children reaps", under_forkserver_else("0 0 0", "3 0 0"))

PARITY_CASE("PC-26", "parent_process",
            under_forkserver_else("none / MainProcess true false none", "none / MainProcess true true none"))

PARITY_CASE("PC-27", "a child sees its parent's death", under_all("parent gone rc -9"))

PARITY_CASE("PC-28", "a child sees its parent's death past a sibling",
            under_fork_else("alive rc -9", "parent gone rc -9"))

PARITY_CASE("PC-29", "the key", under_all("32 true refused none another refused"))

}  // namespace
