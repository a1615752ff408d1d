// SPDX-License-Identifier: MIT
// What the child does between its birth and exec, prepared beforehand: the child only follows pointers.
#pragma once

#include <csignal>
#include <cstddef>

namespace brood::launch {

/// The steps of the child, in their order; a failed launch names one.
enum class Stage { streams, limits, nice, directory, execute, interpreter };

/// The first thing that went wrong. `number` is an errno, 0 as long as all is well.
struct Fault {
  Stage stage = Stage::execute;
  int number = 0;
  std::size_t candidate = 0;  // of `candidates`, where the stage is execute or interpreter
};

struct ResourceLimit {
  int resource = 0;
  unsigned long long soft = 0;
  unsigned long long hard = 0;
};

/// Memory is shared with the parent, which stands still meanwhile: so the fault is simply stored, and what would be a
/// close-on-exec pipe elsewhere costs nothing here.
struct Plan {
  char* const* argv = nullptr;
  char* const* envp = nullptr;
  const char* const* candidates = nullptr;  // paths to try in turn
  std::size_t candidate_count = 0;
  char** shell_argv = nullptr;  // {"sh", <candidate>, argv[1], ...} for a script without #!

  int streams[3] = {-1, -1, -1};  // descriptors that become 0, 1 and 2; -1 keeps what is there
  const int* keep = nullptr;      // descriptors above 2 that stay open under their numbers, ascending
  std::size_t keep_count = 0;
  bool close_others = false;

  bool new_session = false;
  int death_signal = 0;          // comes when the parent ends; 0: none
  int parent = 0;                // who that is
  bool reset_signals = false;    // every disposition to its default
  bool ignore_sigchld = false;   // as the caller had it, before this process needed it otherwise
  bool default_sigxfsz = false;  // the same
  sigset_t mask{};               // in force when the target begins

  const char* cwd = nullptr;
  unsigned umask = 0;
  bool set_umask = false;
  int nice = 0;
  const ResourceLimit* limits = nullptr;
  std::size_t limit_count = 0;

  Fault fault;
};

}  // namespace brood::launch
