// SPDX-License-Identifier: MIT
// exit N               ends
// fork [ SCRIPT ]      a child does the script and ends
// daemonize [ SCRIPT ] the same, by two forks and in a session of its own, so that it has lost every parent
// setsid               leaves the session and the group
// name TEXT            what ps shows
// exec [ ARGV ]        becomes another program
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "probe/probe.hpp"

namespace probe {
namespace {

[[noreturn]] void live_and_end(const std::vector<std::string>& words) {
  run(Script(words));
  std::fflush(stdout);
  ::_exit(0);
}

void daemonize(const std::vector<std::string>& words) {
  const pid_t between = ::fork();
  if (between == 0) {
    ::setsid();
    if (::fork() == 0) live_and_end(words);
    ::_exit(0);
  }
  ::waitpid(between, nullptr, 0);
}

[[noreturn]] void become(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  give_up("cannot execute " + words[0]);
}

}  // namespace

bool do_process(std::string_view word, Script& script) {
  if (word == "exit") {
    std::fflush(stdout);
    ::_exit(script.number());
  } else if (word == "fork") {
    const auto block = script.block();
    if (::fork() == 0) live_and_end(block);
  } else if (word == "daemonize") {
    daemonize(script.block());
  } else if (word == "setsid") {
    ::setsid();
  } else if (word == "name") {
    ::prctl(PR_SET_NAME, script.next().c_str(), 0, 0, 0);
  } else if (word == "exec") {
    become(script.block());
  } else {
    return false;
  }
  return true;
}

}  // namespace probe
