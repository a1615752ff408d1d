// SPDX-License-Identifier: MIT
// SIGCHLD in the hands of somebody else, and other signals.
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <thread>

#include "host/host.hpp"

namespace brood::host {
namespace {

void reap_everybody(int) {
  const int before = errno;
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
  errno = before;
}

void handle(int signal, void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  if (::sigaction(signal, &action, nullptr) != 0) std::abort();
}

void live_on(const Setting& setting, bool allow_threads = false) {
  for (const auto& call : setting.arguments) take_away(call);
  live_with_children(setting, allow_threads);
}

HOST_CIRCUMSTANCE("calm") {
  live_on(setting);
  say("left " + children_left());
}

HOST_CIRCUMSTANCE("sigchld-ignored") {
  handle(SIGCHLD, SIG_IGN, 0);
  live_on(setting);
  say("left " + children_left());
}

HOST_CIRCUMSTANCE("no-cldwait") {
  handle(SIGCHLD, SIG_DFL, SA_NOCLDWAIT);
  live_on(setting);
  say("left " + children_left());
}

HOST_CIRCUMSTANCE("handler-reaps") {
  handle(SIGCHLD, reap_everybody, SA_RESTART);
  live_on(setting);
  say("left " + children_left());
}

HOST_CIRCUMSTANCE("thread-reaps") {
  // There is always somebody to wait for: this one, until its pipe is closed.
  Pipe pipe;
  const pid_t keeper = raw_fork([&] {
    pipe.close_write();
    return stay(pipe.read);
  });
  std::thread reaper([&] {
    while (::waitpid(-1, nullptr, 0) != keeper) {
    }
  });
  live_on(setting, true);
  (void)fork_server::stop();
  pipe.close_write();
  reaper.join();
  say("left " + children_left());
}

// --- mask and dispositions

constexpr int watched[] = {SIGHUP, SIGINT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD, SIGTSTP};

std::string own_signals() {
  sigset_t mask;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  std::string text;
  for (const int signal : watched) {
    struct sigaction action {};
    (void)::sigaction(signal, nullptr, &action);
    if (::sigismember(&mask, signal)) text += " blocked:" + std::to_string(signal);
    if (action.sa_handler == SIG_IGN) text += " ignored:" + std::to_string(signal);
    if (action.sa_handler != SIG_IGN && action.sa_handler != SIG_DFL)
      text += " caught:" + std::to_string(signal);
  }
  return text.empty() ? " default" : text;
}

int report_signals(int fd) {
  const std::string text = own_signals();
  return ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1;
}
BROOD_TARGET(report_signals);

std::string read_rest(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(n));
  return text;
}

HOST_CIRCUMSTANCE("signals-set") {
  handle(SIGHUP, SIG_IGN, 0);
  handle(SIGPIPE, SIG_IGN, 0);
  handle(SIGUSR2, reap_everybody, 0);
  handle(SIGCHLD, reap_everybody, 0);
  sigset_t some;
  sigemptyset(&some);
  sigaddset(&some, SIGUSR1);
  sigaddset(&some, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &some, nullptr);
  const std::string before = own_signals();

  Pipe pipe;
  Process function(
      {.target = report_signals, .args = {pipe.write}, .method = setting.method, .pass_fds = {pipe.write}});
  function.start();
  pipe.close_write();
  function.join();
  say("function" + read_rest(pipe.read));
  Process command(
      {.target = Command{"cat", "/proc/self/status"}, .method = setting.method, .out = Stream::pipe()});
  command.start();
  say("command " + read_rest(command.output()));
  command.join();
  say(std::string("host ") + (own_signals() == before ? "as before" : "changed:" + own_signals()));
}

HOST_CIRCUMSTANCE("signals-kept") {
  handle(SIGHUP, SIG_IGN, 0);
  handle(SIGUSR2, reap_everybody, 0);
  sigset_t some;
  sigemptyset(&some);
  sigaddset(&some, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &some, nullptr);
  Pipe pipe;
  Process function({.target = report_signals,
                    .args = {pipe.write},
                    .method = setting.method,
                    .pass_fds = {pipe.write},
                    .inherit_signals = true});
  function.start();
  pipe.close_write();
  function.join();
  say("function" + read_rest(pipe.read));
}

// --- a handler of the host

struct Counts {
  std::atomic<int> in_host = 0;
  std::atomic<int> elsewhere = 0;
};
Counts* counts = nullptr;
pid_t host = 0;

void count(int) {
  if (::getpid() == host)
    ++counts->in_host;
  else
    ++counts->elsewhere;
}

HOST_CIRCUMSTANCE("bombarded") {
  void* shared = ::mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  counts = new (shared) Counts;
  host = ::getpid();
  (void)::setpgid(0, 0);
  handle(SIGUSR2, count, SA_RESTART);
  Pipe pipe;
  const pid_t gunner = raw_fork([&] {
    handle(SIGUSR2, SIG_IGN, 0);
    pipe.close_write();
    // As long as the host holds the other end.
    const int group = host;
    std::thread watch([&] {
      (void)stay(pipe.read);
      ::_exit(0);
    });
    for (;;) ::kill(-group, SIGUSR2);
    return 0;
  });
  std::string strange;
  for (int i = 0; i < 30; ++i) {
    Process function({.target = answer, .args = {7}, .method = setting.method});
    Process command({.target = Command{"sh", "-c", "exit 7"}, .method = setting.method});
    function.start();
    command.start();
    for (Process* child : {&function, &command}) {
      const auto code = child->join();
      if (code != 7 && code != -SIGUSR2) strange += " " + end_of(*child);
    }
  }
  pipe.close_write();
  say("strange" + strange);
  say("gunner " + raw_end(gunner));
  say(std::string("in host ") + (counts->in_host > 0 ? "yes" : "no"));
  say("elsewhere " + std::to_string(counts->elsewhere));
}

std::atomic<int> alarms = 0;

HOST_CIRCUMSTANCE("interrupted") {
  handle(
      SIGALRM, [](int) { ++alarms; }, 0);
  const itimerval every{{0, 1000}, {0, 1000}};
  ::setitimer(ITIMER_REAL, &every, nullptr);
  for (int i = 0; i < 3; ++i) live_with_children(setting);
  Pipe pipe;
  Process late({.target = stay, .args = {pipe.read}, .method = setting.method, .pass_fds = {pipe.read}});
  late.start();
  // Under fork it has the other end, too, so that nothing but a signal ends it.
  say(std::string("late ") + (late.join(std::chrono::milliseconds(20)) ? "ended" : "stays"));
  say("wait " + std::to_string(wait({Waitable(late)}, std::chrono::milliseconds(20)).size()));
  say(std::string("terminate ") + (late.terminate(std::chrono::seconds(10)) ? "yes" : "no"));
  say("late " + end_of(late));
  say(std::string("alarms ") + (alarms > 20 ? "many" : "few"));
  const itimerval never{};
  ::setitimer(ITIMER_REAL, &never, nullptr);
  say("left " + children_left());
}

}  // namespace
}  // namespace brood::host
