// SPDX-License-Identifier: MIT
// What a child inherits, start methods, and hostile surroundings, compared with multiprocessing:
// scenarios/surroundings.cpp.
#include "library/parity.hpp"

namespace {

using brood::test::under_all;
using brood::test::under_fork_else;
using brood::test::under_forkserver_else;
using enum brood::StartMethod;

PARITY_CASE("PC-30", "standard input of a child", under_all("true '' 'data'"))

PARITY_CASE("PC-31", "an inheritable descriptor", under_fork_else("true", "false"))

PARITY_CASE("PC-32", "a variable and a umask that change between two starts",
            under_forkserver_else("1 022", "2 077"))

PARITY_CASE("PC-33", "how the start method is chosen",
            under_all("none [fork, spawn, forkserver] fork context_already_set none unknown_start_method "
                      "unknown_start_method refused"))

PARITY_CASE("PC-34", "an executable that is not there",
            {{fork, "none 0"}, {spawn, "none 255"}, {forkserver, "ECONNREFUSED unstarted"}})

PARITY_CASE("PC-35", "the fork server is killed", {{forkserver, "255 false true / 0"}})

PARITY_CASE("PC-36", "the signal mask after a start", under_fork_else("true", "false"))

PARITY_CASE("PC-37", "SIGCHLD is ignored", under_forkserver_else("0 false none", "none true still_running"))

}  // namespace
