// SPDX-License-Identifier: MIT
// The fork server in trouble, and what its children are like.
#include <pthread.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "host/host.hpp"

namespace brood::host {
namespace {

ProcessOptions staying() {
  ProcessOptions options{.target = stay, .args = {0}, .method = StartMethod::forkserver};
  options.in = Stream::pipe();
  return options;
}

int start_and_join(int code) {
  Process child({.target = answer, .args = {code}, .method = StartMethod::forkserver});
  child.start();
  return child.join().value_or(-99);
}

// It has stopped, or ended, when this returns; it is left as it is.
void signal_server(int signal) {
  const pid_t server = fork_server::pid().value();
  ::kill(server, signal);
  siginfo_t info{};
  (void)::waitid(P_PID, static_cast<id_t>(server), &info, (signal == SIGSTOP ? WSTOPPED : WEXITED) | WNOWAIT);
}

HOST_CIRCUMSTANCE("server-trouble") {
  Process before(staying());
  before.start();
  const pid_t first = fork_server::pid().value();

  signal_server(SIGSTOP);
  say("stopped " + std::to_string(start_and_join(3)));
  say(std::string("server ") + (fork_server::pid() == first ? "the same" : "another"));

  signal_server(SIGKILL);
  say(std::string("server ") + (fork_server::pid() ? "there" : "gone"));
  say(std::string("before ") + (before.is_alive() ? "lives" : "died"));
  Process after(staying());
  after.start();
  say(std::string("server ") + (fork_server::pid() == first ? "the same" : "another"));

  before.close_input();
  say("before " + std::to_string(before.join().value_or(-99)));
  signal_server(SIGSTOP);
  signal_server(SIGKILL);
  say(std::string("after ") + (after.is_alive() ? "lives" : "died"));
  after.kill();
  say("after " + std::to_string(after.join().value_or(-99)));

  (void)start_and_join(1);
  signal_server(SIGSTOP);
  say(std::string("stop ") + (fork_server::stop() ? "yes" : "no"));
  say("anew " + std::to_string(start_and_join(4)));
  Process last(staying());
  last.start();
  say(std::string("stop ") + (fork_server::stop() ? "yes" : "no"));
  last.close_input();
  say("last " + std::to_string(last.join().value_or(-99)));
  say("left " + children_left());
}

HOST_CIRCUMSTANCE("server-timeout") {
  (void)start_and_join(1);
  // Held by a tracer it does not answer, though it is told to go on.
  const pid_t server = fork_server::pid().value();
  if (::ptrace(PTRACE_SEIZE, server, nullptr, nullptr) != 0) {
    say("skipped");
    return;
  }
  ::ptrace(PTRACE_INTERRUPT, server, nullptr, nullptr);
  (void)::waitpid(server, nullptr, __WALL);
  ProcessOptions options{.target = answer, .args = {5}, .method = StartMethod::forkserver};
  options.start_timeout = std::chrono::milliseconds(1);
  Process child(std::move(options));
  say("hasty " + problem_of([&] { child.start(); }));
  say("state " + std::string(to_string(child.state())));
  ::ptrace(PTRACE_DETACH, server, nullptr, nullptr);
  say("patient " + std::to_string(start_and_join(6)));
  say("left " + children_left());
}

// --- a child that was made without the C library's knowledge

int be_right(int what) {
  switch (what) {
    case 0: {  // its thread id
      pthread_mutexattr_t kind;
      pthread_mutexattr_init(&kind);
      pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK);
      pthread_mutex_t mutex;
      pthread_mutex_init(&mutex, &kind);
      pthread_mutex_lock(&mutex);
      const bool is_known = pthread_mutex_lock(&mutex) == EDEADLK;
      const bool is_right = mutex.__data.__owner == static_cast<int>(::syscall(SYS_gettid));
      pthread_mutex_unlock(&mutex);
      return is_known && is_right && ::gettid() == ::getpid() ? 0 : 1;
    }
    case 1: {  // threads
      int sum = 0;
      std::mutex mutex;
      std::vector<std::thread> threads;
      for (int i = 0; i < 4; ++i)
        threads.emplace_back([&, i] {
          const std::lock_guard lock(mutex);
          sum += i;
        });
      for (auto& thread : threads) thread.join();
      return sum == 6 ? 0 : 1;
    }
    case 2: {  // a recursive mutex, from two threads
      std::recursive_mutex mutex;
      mutex.lock();
      bool is_refused = false;
      std::thread other([&] { is_refused = !mutex.try_lock(); });
      other.join();
      const bool is_allowed = mutex.try_lock();
      return is_refused && is_allowed ? 0 : 1;
    }
    case 3: {  // a robust mutex, of a thread
      pthread_mutexattr_t kind;
      pthread_mutexattr_init(&kind);
      pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
      pthread_mutex_t mutex;
      pthread_mutex_init(&mutex, &kind);
      std::thread other([&] { pthread_mutex_lock(&mutex); });
      other.join();
      return pthread_mutex_lock(&mutex) == EOWNERDEAD ? 0 : 1;
    }
    case 4: std::abort();
    case 5: return ::raise(SIGUSR1) + 1;
    case 6: return ::pthread_kill(::pthread_self(), SIGUSR2) + 1;
    default: return 1;
  }
}
BROOD_TARGET(be_right);

pthread_mutex_t* mutex_in(int memory) {
  void* const shared =
      ::mmap(nullptr, sizeof(pthread_mutex_t), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  return shared == MAP_FAILED ? nullptr : static_cast<pthread_mutex_t*>(shared);
}

// Its first thread, whose list of robust mutexes the C library sets up in fork().
int die_with_mutex(int memory) { return pthread_mutex_lock(mutex_in(memory)); }
BROOD_TARGET(die_with_mutex);

HOST_CIRCUMSTANCE("child-is-sound") {
  for (const auto& call : setting.arguments) take_away(call);
  std::string codes;
  for (int what = 0; what < 7; ++what) {
    Process child({.target = be_right, .args = {what}, .method = setting.method});
    child.start();
    codes += " " + std::to_string(child.join().value_or(-99));
  }
  say("codes" + codes);

  const int memory = ::memfd_create("mutex", MFD_CLOEXEC);
  if (::ftruncate(memory, sizeof(pthread_mutex_t)) != 0) std::abort();
  pthread_mutex_t* const mutex = mutex_in(memory);
  pthread_mutexattr_t kind;
  pthread_mutexattr_init(&kind);
  pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
  pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(mutex, &kind);
  Process child({.target = die_with_mutex, .args = {memory}, .method = setting.method, .pass_fds = {memory}});
  child.start();
  say("died with it " + std::to_string(child.join().value_or(-99)));
  say(pthread_mutex_trylock(mutex) == EOWNERDEAD ? "owner dead" : "never told");
  say("left " + children_left());
}

}  // namespace
}  // namespace brood::host
