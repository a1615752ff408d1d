// SPDX-License-Identifier: MIT
// Where the library deliberately does not do what multiprocessing does, and why. This is the whole list, of what the
// parity cases see: a difference that is not here fails the test, and so does one that is here and is none any more.
// brood-multiprocessing(7) has the same titles, which is tested, too.
#pragma once

#include <sys/utsname.h>

#include <cstdio>
#include <string>
#include <vector>

#include "brood/start_method.hpp"

namespace brood::test {

using Methods = std::vector<StartMethod>;

/// From Linux 6.15 on a pidfd tells of an end that nobody could wait for.
enum class Kernel { any, old, telling };
inline Kernel this_kernel() {
  utsname system{};
  (void)::uname(&system);
  int major = 0, minor = 0;
  const bool is_number = std::sscanf(system.release, "%d.%d", &major, &minor) == 2;
  return is_number && (major > 6 || (major == 6 && minor >= 15)) ? Kernel::telling : Kernel::old;
}

/// What comes out differently: the case, under which methods, what Python prints, what brood prints.
struct Row {
  std::string number;
  Methods methods;
  std::string python;
  std::string brood;
  Kernel kernel = Kernel::any;  ///< where this is so
};

struct Difference {
  std::string title;  ///< a line of the manual page
  std::string why;
  std::vector<Row> rows;
};

/// Cases that the library has no scenario for.
struct Unseen {
  std::string number;
  std::string why;
};

inline const std::vector<Difference>& differences() {
  using enum StartMethod;
  static const Methods all{fork, spawn, forkserver};
  static const std::vector<Difference> list{
      // --- because it is C++
      {"Default names are Process-N",
       "The start method is not a class of its own; ProcessOptions::name_prefix gives any other word.",
       {{"PC-02", {fork}, "ForkProcess-1 x Process-3 ForkProcess-4", "Process-1 x Process-3 Process-4"},
        {"PC-02", {spawn}, "SpawnProcess-1 x Process-3 SpawnProcess-4", "Process-1 x Process-3 Process-4"},
        {"PC-02",
         {forkserver},
         "ForkServerProcess-1 x Process-3 ForkServerProcess-4",
         "Process-1 x Process-3 Process-4"},
        {"PC-03", {fork}, "ForkProcess-1 Process-1:1", "Process-1 Process-1:1"},
        {"PC-03", {spawn}, "SpawnProcess-1 Process-1:1", "Process-1 Process-1:1"},
        {"PC-03", {forkserver}, "ForkServerProcess-1 Process-1:1", "Process-1 Process-1:1"}}},
      {"What an int function returns is the exit code",
       "It is what main() does with it. The result of any other function is dropped, as in Python.",
       {{"PC-10", all, "number 0 text 0", "number 7 text 0"}}},
      {"An uncaught exception is told in one line",
       "Name of the process, type and text of the exception; C++ has no traceback.",
       {{"PC-07", all, "1, told: name, type, traceback", "1, told: name, type"}}},
      {"An interrupted child dies of SIGINT",
       "Python turns the signal into an exception and exits with 1; C++ has no such exception.",
       {{"PC-09", all, "1", "-2"}}},
      {"Keys are bytes and nothing else",
       "For Python a number is a key of so many zeros; here it does not compile.",
       {{"PC-29", all, "32 true refused none another refused", "32 true refused refused as before refused"}}},
      {"Standard input is the null device",
       "Python replaces only the object sys.stdin; what the child calls reads what was meant for its parent.",
       {{"PC-30", all, "true '' 'data'", "false '' ''"}}},
      // --- because the answer would be a surprise
      {"join tells whether the time ran out",
       "Python's join returns None in both cases.",
       {{"PC-13", all, "none none none none / none 0", "false false false none / true 0"}}},
      {"A wait of any length is a wait",
       "What is infinite or beyond a century is without limit. Python raises OverflowError beyond 24 days.",
       {{"PC-14", all, "bad_value bad_value bad_value", "none bad_value none"}}},
      {"Waiting for nothing returns at once",
       "Python sleeps the time out, and without one it blocks for ever. What is there twice counts twice, "
       "and a "
       "Process can be waited for itself.",
       {{"PC-22", all, "[] (a day later) bad_value bad_value bad_value / (never)",
         "[] [] bad_value [0, 1] not_started / []"}}},
      {"Asking for the start method decides nothing",
       "In Python a call that only asks makes it too late to choose.",
       {{"PC-33", all,
         "none [fork, spawn, forkserver] fork context_already_set none unknown_start_method "
         "unknown_start_method refused",
         "none [fork, spawn, forkserver] fork none none unknown_start_method unknown_start_method refused"}}},
      {"A missing executable is an error of start",
       "Under spawn, Python only has a child that exits with 255; under forkserver, the error is that of a "
       "socket.",
       {{"PC-34", {spawn}, "none 255", "ENOENT unstarted"},
        {"PC-34", {forkserver}, "ECONNREFUSED unstarted", "ENOENT unstarted"}}},
      {"The children of the fork server are those of the program",
       "So it reaps them itself: they are zombies until somebody looks, as under the other methods, and "
       "getppid() is "
       "their parent.",
       {{"PC-25", {forkserver}, "0 0 0", "3 0 0"},
        {"PC-26", {forkserver}, "none / MainProcess true false none", "none / MainProcess true true none"}}},
      // --- because Python has a flaw there
      {"Daemons end with their parent, however it ends",
       "Python ends them only where the parent ends in an orderly way.",
       {{"PC-20", all, "daemon survived rc -15", "rc -15"}}},
      {"The sentinel tells of the child's end, not of who holds a descriptor",
       "In Python it is a pipe that grandchildren inherit.",
       {{"PC-23", {fork, spawn}, "false false false 0", "true true false 0"}}},
      {"A child that executes another program still lives",
       "In Python the pipe is closed by exec: join does not heed its timeout any more.",
       {{"PC-24", {fork}, "true 0", "false none"}}},
      {"A parent's death is seen whatever siblings there are",
       "In Python a sibling holds the pipe that would tell.",
       {{"PC-28", {fork}, "alive rc -9", "parent gone rc -9"}}},
      {"The fork server gives what its client has now",
       "Environment, directory and umask come with each request. Python's children get what the server was "
       "born with.",
       {{"PC-32", {forkserver}, "1 022", "2 077"}}},
      {"An exit code is never made up",
       "Where the fork server was killed, and where four threads join, Python gives 255.",
       {{"PC-35", {forkserver}, "255 false true / 0", "none true true / 0"},
        {"PC-38", {forkserver}, "255", "0"}}},
      {"start leaves the caller's signal mask alone",
       "Starting its helpers, Python unblocks SIGINT and SIGTERM in the caller.",
       {{"PC-36", {spawn, forkserver}, "false", "true"}}},
      {"A program that ignores SIGCHLD loses no child",
       "In Python such a child is alive for ever and cannot be closed. Its exit code is known from Linux "
       "6.15 on; before "
       "that it is unknown, and never made up.",
       {{"PC-37", {fork, spawn}, "none true still_running", "0 false none", Kernel::telling},
        {"PC-37", {fork, spawn}, "none true still_running", "unknown false none", Kernel::old},
        {"PC-37", {forkserver}, "0 false none", "unknown false none", Kernel::old}}},
      {"What a pool has not done when it is terminated, fails",
       "In Python it never becomes ready, and who waits for it waits for ever. Idle workers may leave before "
       "the signal, there.",
       {{"PC-40",
         {fork},
         "pool_open / pool_closed true none / [-15, 0] timed_out",
         "pool_open / pool_closed true none / [-15, -15] pool_terminated"},
        {"PC-40",
         {spawn},
         "pool_open / pool_closed true none / [-15, -15] timed_out",
         "pool_open / pool_closed true none / [-15, -15] pool_terminated"},
        {"PC-40",
         {forkserver},
         "pool_open / pool_closed true none / [0, -15] timed_out",
         "pool_open / pool_closed true none / [-15, -15] pool_terminated"}}},
  };
  return list;
}

inline const std::vector<Unseen>& unseen_cases() {
  static const std::vector<Unseen> list{};
  return list;
}

/// The row for this case under this method, if there is one.
inline const Row* find_difference(const std::string& number, StartMethod method) {
  const Kernel kernel = this_kernel();
  for (const auto& difference : differences())
    for (const auto& row : difference.rows)
      if (row.number == number && (row.kernel == Kernel::any || row.kernel == kernel))
        for (const StartMethod one : row.methods)
          if (one == method) return &row;
  return nullptr;
}

}  // namespace brood::test
