// SPDX-License-Identifier: MIT
// What the process was given, on its standard output, each on a line of its own:
//
// fds          open descriptors above 2     blocked, ignored   signals
// cwd umask nice session                    limit N            "SOFT HARD" of one limit
// env NAME     its value, or (unset)        args [ ... ]       each word, between brackets
// print TEXT   stdout     complain TEXT     stderr             cat   stdin to stdout
#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "probe/probe.hpp"

namespace probe {
namespace {

void print(const std::set<int>& numbers) {
  bool first = true;
  for (const int number : numbers) {
    std::printf(first ? "%d" : " %d", number);
    first = false;
  }
  std::puts("");
}

std::set<int> descriptors() {
  std::set<int> open;
  DIR* const dir = ::opendir("/proc/self/fd");
  if (!dir) give_up("no /proc");
  while (const dirent* entry = ::readdir(dir)) {
    const int fd = std::atoi(entry->d_name);
    if (fd > 2 && fd != ::dirfd(dir)) open.insert(fd);
  }
  ::closedir(dir);
  return open;
}

std::set<int> signals(bool (*is_so)(int)) {
  std::set<int> numbers;
  for (int signal = 1; signal < NSIG; ++signal)
    if (is_so(signal)) numbers.insert(signal);
  return numbers;
}

bool is_blocked(int signal) {
  sigset_t mask;
  ::sigprocmask(SIG_SETMASK, nullptr, &mask);
  return ::sigismember(&mask, signal) == 1;
}

bool is_ignored(int signal) {
  struct sigaction action;
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void print_limit(int number) {
  rlimit limit{};
  ::getrlimit(static_cast<__rlimit_resource>(number), &limit);
  std::printf("%llu %llu\n", static_cast<unsigned long long>(limit.rlim_cur),
              static_cast<unsigned long long>(limit.rlim_max));
}

void print_cwd() {
  char path[4096];
  std::puts(::getcwd(path, sizeof path) ? path : "(none)");
}

void print_umask() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  std::printf("%03o\n", static_cast<unsigned>(mask));
}

void copy_input() {
  char buffer[4096];
  for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, stdin)) > 0;)
    std::fwrite(buffer, 1, n, stdout);
}

}  // namespace

bool do_report(std::string_view word, Script& script) {
  if (word == "fds") {
    print(descriptors());
  } else if (word == "blocked") {
    print(signals(is_blocked));
  } else if (word == "ignored") {
    print(signals(is_ignored));
  } else if (word == "cwd") {
    print_cwd();
  } else if (word == "umask") {
    print_umask();
  } else if (word == "nice") {
    std::printf("%d\n", ::getpriority(PRIO_PROCESS, 0));
  } else if (word == "session") {
    std::puts(::getsid(0) == ::getpid() ? "leader" : "member");
  } else if (word == "limit") {
    print_limit(script.number());
  } else if (word == "env") {
    const char* value = std::getenv(script.next().c_str());
    std::puts(value ? value : "(unset)");
  } else if (word == "args") {
    for (const auto& text : script.block()) std::printf("<%s>\n", text.c_str());
  } else if (word == "print") {
    std::puts(script.next().c_str());
  } else if (word == "complain") {
    std::fprintf(stderr, "%s\n", script.next().c_str());
  } else if (word == "cat") {
    copy_input();
  } else {
    return false;
  }
  return true;
}

}  // namespace probe
