// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>

#include "host/host.hpp"

namespace brood::host {
namespace {

std::map<std::string, std::function<void(const Setting&)>>& circumstances() {
  static std::map<std::string, std::function<void(const Setting&)>> all;
  return all;
}

int facts_fd = -1;

}  // namespace

bool Setting::is(std::string_view argument) const {
  return std::find(arguments.begin(), arguments.end(), argument) != arguments.end();
}

bool add(const char* name, std::function<void(const Setting&)> body) {
  return circumstances().emplace(name, std::move(body)).second;
}

int facts() { return facts_fd; }

void say(const std::string& fact) {
  const std::string line = fact + "\n";
  if (::write(facts_fd, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::abort();
}

std::string end_of(Process& child) {
  if (const auto code = child.exitcode()) return std::to_string(*code);
  return child.exit_unknown() ? "unknown" : "alive";
}

std::string problem_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& problem) {
    return error_code_name(problem.code());
  }
  return "nothing";
}

std::string children_left() {
  (void)fork_server::stop();
  std::size_t count = 0;
  siginfo_t info{};
  // One by one: those that have ended are taken away, the first that has not ends the counting.
  while (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | __WALL) == 0) {
    ++count;
    if (info.si_pid == 0) break;
    info = {};
  }
  return std::to_string(count);
}

int answer(int number) { return number; }

bool read_byte(int fd) {
  char byte;
  ssize_t got;
  do got = ::read(fd, &byte, 1);
  while (got < 0 && errno == EINTR);
  return got == 1;
}

void write_byte(int fd) {
  if (::write(fd, ".", 1) != 1) std::abort();
}

int stay(int fd) {
  while (read_byte(fd)) {
  }
  return 0;
}

int stay_after_byte(int fd, int ready) {
  write_byte(ready);
  return stay(fd);
}

BROOD_TARGET(answer);
BROOD_TARGET(stay);
BROOD_TARGET(stay_after_byte);

Pipe::Pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
  read = ::fcntl(ends[0], F_DUPFD_CLOEXEC, 3);
  write = ::fcntl(ends[1], F_DUPFD_CLOEXEC, 3);
  ::close(ends[0]);
  ::close(ends[1]);
}

Pipe::~Pipe() {
  close_read();
  close_write();
}

void Pipe::close_read() {
  if (read >= 0) ::close(read);
  read = -1;
}

void Pipe::close_write() {
  if (write >= 0) ::close(write);
  write = -1;
}

void live_with_children(const Setting& setting, bool allow_threads) {
  const auto options = [&](Target target, Value::Array args = {}) {
    ProcessOptions made{.target = std::move(target), .args = std::move(args), .method = setting.method};
    made.allow_threads = allow_threads;
    return made;
  };
  Process function(options(answer, {7}));
  function.start();
  function.join();
  say("function " + end_of(function));

  Process command(options(Command{"sh", "-c", "exit 8"}));
  command.start();
  command.join();
  say("command " + end_of(command));

  Pipe pipe;
  ProcessOptions of_victim = options(stay, {pipe.read});
  of_victim.pass_fds = {pipe.read};
  Process victim(std::move(of_victim));
  victim.start();
  say(std::string("victim ") + (victim.is_alive() ? "lives" : "is dead"));
  victim.kill();
  victim.join();
  say("victim " + end_of(victim));

  Process missing(options(Command{"/nonexistent/program"}));
  say("missing " + problem_of([&] { missing.start(); }));

  std::vector<Process> many;
  for (int i = 0; i < 5; ++i) many.emplace_back(options(answer, {i}));
  for (Process& one : many) one.start();
  std::string ends;
  for (Process& one : many) {
    one.join();
    ends += " " + end_of(one);
  }
  say("many" + ends);
}

pid_t raw_fork(const std::function<int()>& body) {
  const pid_t pid = ::fork();
  if (pid < 0) std::abort();
  if (pid == 0) ::_exit(body());
  return pid;
}

std::string raw_end(pid_t pid) {
  int word = 0;
  pid_t got;
  do got = ::waitpid(pid, &word, 0);
  while (got < 0 && errno == EINTR);
  if (got < 0) return std::strerror(errno);
  return std::to_string(WIFSIGNALED(word) ? -WTERMSIG(word) : WEXITSTATUS(word));
}

void take_away(const std::string& call) {
  // PIDFD_GET_INFO is 0xFF, 11 in the low half of the request; its size, above, has changed between versions.
  const bool is_ioctl = call == "ioctl";
  const std::map<std::string, unsigned> numbers{{"ioctl", SYS_ioctl},
                                                {"clone3", SYS_clone3},
                                                {"close_range", SYS_close_range},
                                                {"pidfd_open", SYS_pidfd_open}};
  const unsigned failure = SECCOMP_RET_ERRNO | static_cast<unsigned>(is_ioctl ? ENOTTY : ENOSYS);
  std::vector<sock_filter> code{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, numbers.at(call), 0, static_cast<unsigned char>(is_ioctl ? 4 : 1)),
  };
  if (is_ioctl) {
    code.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[1])));
    code.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xffff));
    code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xff0b, 0, 1));
  }
  code.push_back(BPF_STMT(BPF_RET | BPF_K, failure));
  code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0) {
    std::cerr << "seccomp: " << std::strerror(errno) << std::endl;
    std::_Exit(77);
  }
}

}  // namespace brood::host

int main(int argc, char** argv) {
  using namespace brood::host;
  brood::init(argc, argv);
  facts_fd = ::fcntl(1, F_DUPFD_CLOEXEC, 100);
  if (argc < 3 || !circumstances().count(argv[1])) {
    std::cerr << "usage: brood_host CIRCUMSTANCE METHOD [ARGUMENT...]" << std::endl;
    return 2;
  }
  Setting setting;
  setting.method = brood::Context(argv[2]).start_method();
  setting.arguments.assign(argv + 3, argv + argc);
  try {
    circumstances()[argv[1]](setting);
  } catch (const std::exception& problem) {
    say(std::string("threw ") + problem.what());
    return 1;
  }
}
