// SPDX-License-Identifier: MIT
// Closed standard streams, and no descriptors, or processes, left.
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <map>

#include "host/host.hpp"

namespace brood::host {
namespace {

// What each descriptor is open on: "pipe", "socket", a path. Without the one that looks.
std::map<int, std::string> open_now() {
  std::map<int, std::string> open;
  DIR* dir = ::opendir("/proc/self/fd");
  if (!dir) std::abort();
  while (const dirent* entry = ::readdir(dir)) {
    char target[300] = {};
    if (entry->d_name[0] == '.' || std::atoi(entry->d_name) == ::dirfd(dir)) continue;
    if (::readlinkat(::dirfd(dir), entry->d_name, target, sizeof target - 1) < 0) continue;
    std::string text = target;
    if (text.starts_with("pipe:") || text.starts_with("socket:")) text.resize(text.find(':'));
    open[std::atoi(entry->d_name)] = text;
  }
  ::closedir(dir);
  return open;
}

std::string streams_in(const std::map<int, std::string>& open) {
  std::string text;
  for (int number = 0; number < 3; ++number) {
    const auto found = open.find(number);
    text += " " + (found == open.end() ? std::string("closed") : found->second);
  }
  return text;
}

// The descriptor that looks may have the number of a closed stream, so that it is not seen: which is right, it is gone.
int report_descriptors(int fd, int expected) {
  const auto open = open_now();
  std::string text = streams_in(open);
  text += open.count(expected) ? " passed:" + open.at(expected) : " not passed";
  // Under fork a child has what its parent has. What else is there is ours.
  for (const auto& [number, target] : open)
    if (number > 2 && number != fd && number != expected && number < 100) text += " +" + target;
  return ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1;
}
BROOD_TARGET(report_descriptors);

std::string read_rest(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(n));
  return text;
}

// Bit N of the argument: descriptor N is closed. The others are files with names of their own.
HOST_CIRCUMSTANCE("closed-streams") {
  const int mask = setting.number(0);
  (void)::close_range(3, 99, 0);  // what somebody has let slip to us
  const int given = ::open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  const int passed = ::fcntl(given, F_DUPFD, 150);
  ::close(given);
  for (int number = 0; number < 3; ++number) {
    const int known = ::open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    ::dup2(known, number);
    ::close(known);
  }
  for (int number = 0; number < 3; ++number)
    if (mask & 1 << number) ::close(number);
  const std::string before = streams_in(open_now());

  const auto run = [&](const char* what, Stream in, Stream out, Stream err) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
    const int read_end = ::fcntl(ends[0], F_DUPFD_CLOEXEC, 120);
    const int write_end = ::fcntl(ends[1], F_DUPFD_CLOEXEC, 121);
    ::close(ends[0]);
    ::close(ends[1]);
    Process child({.target = report_descriptors,
                   .args = {write_end, passed},
                   .method = setting.method,
                   .in = std::move(in),
                   .out = std::move(out),
                   .err = std::move(err),
                   .pass_fds = {write_end, passed}});
    child.start();
    ::close(write_end);
    say(what + read_rest(read_end) + " " + std::to_string(child.join().value_or(-99)));
    ::close(read_end);
  };
  run("inherit", Stream::inherit(), Stream::inherit(), Stream::inherit());
  run("null", Stream::null(), Stream::null(), Stream::null());
  run("pipe", Stream::pipe(), Stream::pipe(), Stream::pipe());
  run("some", Stream::null(), Stream::inherit(), Stream::pipe());

  Process command({.target = Command{"cat"},
                   .method = setting.method,
                   .in = Stream::pipe(),
                   .out = Stream::pipe(),
                   .err = Stream::inherit()});
  command.start();
  if (::write(command.input(), "through", 7) != 7) std::abort();
  command.close_input();
  say("command " + read_rest(command.output()) + " " + std::to_string(command.join().value_or(-99)));
  say("host" + std::string(streams_in(open_now()) == before ? " as before" : streams_in(open_now())));
}

// A child that reads until the end of its input sees it when ours is closed; a reader of its output sees the end when
// the child has closed it, though it lives.
int copy_input(int ready) {
  char buffer[100];
  for (ssize_t n; (n = ::read(0, buffer, sizeof buffer)) > 0;)
    if (::write(1, buffer, static_cast<std::size_t>(n)) != n) return 1;
  ::close(1);
  return stay(ready);
}
BROOD_TARGET(copy_input);

HOST_CIRCUMSTANCE("pipes-end") {
  Pipe gate;
  ::fcntl(gate.read, F_SETFD, 0);
  Process child({.target = copy_input,
                 .args = {gate.read},
                 .method = setting.method,
                 .in = Stream::pipe(),
                 .out = Stream::pipe(),
                 .pass_fds = {gate.read}});
  child.start();
  if (::write(child.input(), "through", 7) != 7) std::abort();
  child.close_input();
  say("copied " + read_rest(child.output()));
  say(child.is_alive() ? "lives" : "ended");
  child.kill();
  say("code " + std::to_string(child.join().value_or(-99)));
}

constexpr rlim_t limit_number = 90;

// Needs none itself.
int count_open() {
  int count = 0;
  for (int fd = 0; fd < 256; ++fd)
    if (::fcntl(fd, F_GETFD) >= 0) ++count;
  return count;
}

void limit_descriptors(rlim_t most) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = most;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) std::abort();
}

// With 0, 1, 2 ... free numbers, until it works: each failure is an error that leaves nothing behind.
HOST_CIRCUMSTANCE("no-descriptors") {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  (void)this_process().name();
  {
    Process first({.target = answer, .args = {1}, .method = setting.method});
    first.start();
    first.join();
  }
  (void)fork_server::stop();
  std::string odd;
  for (const bool is_function : {true, false}) {
    int failures = 0;
    for (int free_numbers = 0;; ++free_numbers) {
      ProcessOptions options =
          is_function ? ProcessOptions{.target = answer, .args = {7}, .method = setting.method}
                      : ProcessOptions{.target = Command{"sh", "-c", "exit 7"}, .method = setting.method};
      options.out = Stream::pipe();
      Process child(std::move(options));
      limit_descriptors(limit_number);
      std::vector<int> taken;
      for (int fd; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) taken.push_back(fd);
      for (int i = 0; i < free_numbers; ++i) {
        ::close(taken.back());
        taken.pop_back();
      }
      const auto open_before = count_open();
      const std::string problem = problem_of([&] { child.start(); });
      const auto open_after = count_open();
      for (const int fd : taken) ::close(fd);
      limit_descriptors(before.rlim_cur);
      if (problem == "nothing") {
        if (child.join() != 7) odd += " joined:" + end_of(child);
        (void)fork_server::stop();
        break;
      }
      ++failures;
      if (problem != "EMFILE") odd += " with " + std::to_string(free_numbers) + ":" + problem;
      if (child.state() != ProcessState::initial) odd += " state";
      // Not the channel and the pidfd of a fork server that has come to be.
      const auto of_server = fork_server::pid() ? 2 : 0;
      if (open_after != open_before + of_server)
        odd += " with " + std::to_string(free_numbers) + ":" + std::to_string(open_after - open_before) +
               " left open";
      if (const auto left = children_left(); left != "0") odd += " left:" + left;
      child.start();
      if (child.join() != 7) odd += " again:" + end_of(child);
      (void)fork_server::stop();
    }
    say(failures > 2 ? "failed" : "never failed");
  }
  say("odd" + odd);
  say("left " + children_left());
}

// Nobody is exempt, once it is not root's.
HOST_CIRCUMSTANCE("no-processes") {
  constexpr uid_t nobody_else = 54321;
  if (::geteuid() == 0 && (::setgid(nobody_else) != 0 || ::setuid(nobody_else) != 0)) {
    say("skipped");
    return;
  }
  rlimit before{};
  ::getrlimit(RLIMIT_NPROC, &before);
  const rlimit none{0, before.rlim_max};
  for (const bool is_function : {true, false}) {
    ProcessOptions options =
        is_function ? ProcessOptions{.target = answer, .args = {7}, .method = setting.method}
                    : ProcessOptions{.target = Command{"/bin/sh", "-c", "exit 7"}, .method = setting.method};
    Process child(std::move(options));
    ::setrlimit(RLIMIT_NPROC, &none);
    say(problem_of([&] { child.start(); }));
    say("left " + children_left());
    ::setrlimit(RLIMIT_NPROC, &before);
    // A fresh image may be out of that user's reach.
    if (is_function && setting.method != StartMethod::fork) continue;
    child.start();
    say("then " + std::to_string(child.join().value_or(-99)));
  }
}

}  // namespace
}  // namespace brood::host
