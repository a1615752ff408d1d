// SPDX-License-Identifier: MIT
// A pool under each start method.
#include "brood/pool.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <numeric>
#include <stdexcept>
#include <thread>

#include "brood/process.hpp"
#include "brood/this_process.hpp"
#include "os/proc.hpp"
#include "support/methods.hpp"

namespace {

using brood::Errc;
using brood::Pool;
using brood::PoolOptions;
using brood::StartMethod;
using brood::test::under_each_method;
using namespace std::chrono_literals;

int square(int number) { return number * number; }
std::string greeting(const std::string& whom, const brood::Keywords& words) {
  return words.get<std::string>("hello", "hello") + " " + whom;
}
void do_nothing() {}
int own_pid() { return ::getpid(); }
int own_pid_of(int) { return ::getpid(); }
std::string own_name() { return brood::this_process().name(); }
bool may_have_no_children() {
  brood::Process child({.target = do_nothing});
  try {
    child.start();
    return false;
  } catch (const brood::Error& problem) {
    return problem.code() == Errc::daemonic_child;
  }
}
int throw_text(const std::string& text) { throw std::runtime_error(text); }
int throw_if_odd(int number) { return number % 2 == 0 ? number : throw std::out_of_range("odd"); }
int die_of(int signal) {
  ::raise(signal);
  return 0;
}
int die_at_three(int number) {
  if (number == 3) ::raise(SIGKILL);
  return number;
}
int leave_with(int code) { ::_exit(code); }
int brood_exit(int code) { brood::exit(code); }
void wait_for_ever() {
  for (;;) ::pause();
}
/// Ends when somebody closes the other end of `fd`.
int wait_for_end_of(int fd) {
  char byte;
  return static_cast<int>(::read(fd, &byte, 1));
}

// Returns twice.
int fork_and_return(int number) { return ::fork() == 0 ? -number : number; }
void close_all() { ::close_range(3, ~0U, 0); }
void write_to_all() {
  for (int fd = 3; fd < 64; ++fd) (void)!::write(fd, "no block at all", 15);
}

int initial = 0;
void set_initial(int number) { initial = number; }
int get_initial() { return initial; }
void fail_to_begin() { throw std::logic_error("no such model"); }
void die_at_the_beginning() { ::raise(SIGKILL); }

BROOD_TARGET(square);
BROOD_TARGET(greeting);
BROOD_TARGET(do_nothing);
BROOD_TARGET(own_pid);
BROOD_TARGET(own_pid_of);
BROOD_TARGET(own_name);
BROOD_TARGET(may_have_no_children);
BROOD_TARGET(throw_text);
BROOD_TARGET(throw_if_odd);
BROOD_TARGET(die_of);
BROOD_TARGET(die_at_three);
BROOD_TARGET(leave_with);
BROOD_TARGET(brood_exit);
BROOD_TARGET(wait_for_ever);
BROOD_TARGET(fork_and_return);
BROOD_TARGET(close_all);
BROOD_TARGET(write_to_all);
BROOD_TARGET(set_initial);
BROOD_TARGET(get_initial);
BROOD_TARGET(fail_to_begin);
BROOD_TARGET(die_at_the_beginning);

template <class Action>
std::error_code code_of(Action action) {
  try {
    action();
  } catch (const brood::Error& problem) {
    return problem.code();
  }
  return {};
}

template <class Action>
std::string text_of(Action action) {
  try {
    action();
  } catch (const brood::Error& problem) {
    return problem.what();
  }
  return {};
}

PoolOptions options_for(StartMethod method, std::size_t processes = 2) {
  return {.processes = processes, .method = method};
}

std::vector<int> numbers_below(int end) {
  std::vector<int> numbers(static_cast<std::size_t>(end));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

TEST_CASE("functions are called in workers, with arguments, keywords and results") {
  under_each_method([](StartMethod method) {
    Pool pool(options_for(method));
    CHECK(pool.apply(square, 7) == 49);
    CHECK(pool.apply(greeting, "bob") == "hello bob");
    CHECK(pool.apply(greeting, "bob", brood::Keywords{{"hello", "good morning"}}) == "good morning bob");
    pool.apply(do_nothing);
    CHECK(pool.apply(own_pid) != ::getpid());
    const auto later = pool.apply_async(square, 12);
    CHECK(later.get() == 144);
    CHECK(later.ready());
    CHECK(later.successful());
    CHECK(later.get(0s) == 144);
  });
}

TEST_CASE("map keeps the order, whatever the chunks") {
  under_each_method([](StartMethod method) {
    Pool pool(options_for(method, 3));
    const auto numbers = numbers_below(100);
    std::vector<int> squares;
    for (const int number : numbers) squares.push_back(number * number);
    for (const std::size_t chunk : {0u, 1u, 7u, 1000u}) CHECK(pool.map(square, numbers, chunk) == squares);
    CHECK(pool.map(square, std::vector<int>()).empty());
    std::vector<int> seen;
    for (const int result : pool.imap(square, numbers | std::views::take(9))) seen.push_back(result);
    CHECK(seen == std::vector<int>(squares.begin(), squares.begin() + 9));
  });
}

TEST_CASE("workers are daemonic children of this program, known by name") {
  under_each_method([](StartMethod method) {
    Pool pool(options_for(method));
    auto workers = brood::active_children();
    REQUIRE(workers.size() == 2);
    for (auto& worker : workers) {
      CHECK(worker.name().starts_with("PoolWorker-"));
      CHECK(worker.daemon());
    }
    CHECK(pool.apply(own_name).starts_with("PoolWorker-"));
    CHECK(pool.apply(may_have_no_children));
    pool.close();
    pool.join();
    CHECK(brood::active_children().empty());
    for (auto& worker : workers) CHECK(worker.exitcode() == 0);
  });
}

TEST_CASE("what a task throws is its error, with type and text, and the worker goes on") {
  under_each_method([](StartMethod method) {
    Pool pool(options_for(method, 1));
    const int worker = pool.apply(own_pid);
    const auto failed = pool.apply_async(throw_text, "no luck");
    CHECK(code_of([&] { failed.get(); }) == Errc::task_failed);
    CHECK(text_of([&] { failed.get(); }) == "throw_text: std::runtime_error: no luck");
    CHECK_FALSE(failed.successful());
    CHECK(text_of([&] { pool.apply(brood_exit, 3); }) == "brood_exit: brood::exit(3)");
    CHECK(pool.apply(own_pid) == worker);

    CHECK(text_of([&] { pool.map(throw_if_odd, numbers_below(10)); }) ==
          "throw_if_odd: std::out_of_range: odd");
    auto results = pool.imap(throw_if_odd, numbers_below(3));
    CHECK(results.next() == 0);
    CHECK(code_of([&] { (void)results.next(); }) == Errc::task_failed);
    CHECK(results.next() == 2);
    CHECK_FALSE(results.next());
  });
}

TEST_CASE("a worker that dies fails the call that it was at, and no other") {
  under_each_method([](StartMethod method) {
    Pool pool(options_for(method));
    const auto killed = pool.apply_async(die_of, SIGKILL);
    const auto others = pool.map_async(square, numbers_below(50), 1);
    try {
      killed.get();
      FAIL("it has no result");
    } catch (const brood::WorkerDied& death) {
      CHECK(death.code() == Errc::worker_died);
      CHECK(death.pid() > 0);
      REQUIRE(death.exit_status());
      CHECK(death.exit_status()->signal() == SIGKILL);
      CHECK(std::string(death.what()).ends_with("was killed by SIGKILL"));
    }
    CHECK(others.get().size() == 50);
    CHECK(text_of([&] { pool.apply(leave_with, 7); }).ends_with("exited with 7"));
    CHECK(brood::active_children().size() <= 2);
    CHECK(pool.apply(square, 3) == 9);

    // In one task of many calls the rest of them is done elsewhere.
    auto results = pool.imap(die_at_three, numbers_below(6), 6);
    for (int i = 0; i < 3; ++i) CHECK(results.next() == i);
    CHECK(code_of([&] { (void)results.next(); }) == Errc::worker_died);
    for (int i = 4; i < 6; ++i) CHECK(results.next() == i);
  });
}

TEST_CASE("a task that forks, and returns in the fork, too, has one result") {
  under_each_method([](StartMethod method) {
    Pool pool(options_for(method, 1));
    for (int i = 1; i < 6; ++i) CHECK(pool.apply(fork_and_return, i) == i);
    CHECK(pool.map(square, numbers_below(5)) == std::vector<int>{0, 1, 4, 9, 16});
  });
}

TEST_CASE("a task that closes or garbles the worker's channel fails, and no other") {
  under_each_method([](StartMethod method) {
    Pool pool(options_for(method, 1));
    for (void (*task)() : {close_all, write_to_all})
      CHECK(code_of([&] { pool.apply(task); }) == Errc::worker_died);
    CHECK(pool.apply(square, 5) == 25);
  });
}

TEST_CASE("a fork pool without the process that forks its workers says so, instead of waiting for ever") {
  Pool pool(options_for(StartMethod::fork, 1));
  for (const pid_t child : brood::os::children_of(::getpid()))
    if (brood::os::process_stat(child)->command == "brood-server") ::kill(child, SIGKILL);
  CHECK(code_of([&] { pool.apply(die_of, SIGKILL); }) == Errc::worker_died);
  CHECK(code_of([&] { pool.apply(square, 5); }) == Errc::server_unreachable);
}

TEST_CASE("an initializer runs first in each worker, with arguments") {
  under_each_method([](StartMethod method) {
    Pool pool({.processes = 2, .initializer = set_initial, .init_args = {5}, .method = method});
    for (int i = 0; i < 6; ++i) CHECK(pool.apply(get_initial) == 5);
    CHECK(code_of([&] { pool.apply(die_of, SIGTERM); }) == Errc::worker_died);
    for (int i = 0; i < 6; ++i) CHECK(pool.apply(get_initial) == 5);
  });
}

TEST_CASE("an initializer that fails breaks the pool, instead of being run for ever") {
  under_each_method([](StartMethod method) {
    {
      Pool pool({.processes = 2, .initializer = fail_to_begin, .method = method});
      const auto task = pool.apply_async(square, 2);
      CHECK(code_of([&] { task.get(); }) == Errc::init_failed);
      CHECK(text_of([&] { task.get(); }).find("std::logic_error: no such model") != std::string::npos);
      CHECK(code_of([&] { pool.apply(square, 2); }) == Errc::init_failed);
      pool.close();
      pool.join();
    }
    Pool pool({.processes = 1, .initializer = die_at_the_beginning, .method = method});
    CHECK(text_of([&] { pool.apply_async(square, 2).get(); }).find("killed by SIGKILL before it was ready") !=
          std::string::npos);
  });
}

TEST_CASE("after so many tasks a worker is replaced") {
  under_each_method([](StartMethod method) {
    Pool pool({.processes = 1, .max_tasks_per_child = 2, .method = method});
    std::vector<int> pids;
    for (int i = 0; i < 6; ++i) pids.push_back(pool.apply(own_pid));
    CHECK(pids[0] == pids[1]);
    CHECK(pids[1] != pids[2]);
    CHECK(pids[2] == pids[3]);
    CHECK(pids[3] != pids[4]);
    // A chunk is one task.
    const auto chunk = pool.map(own_pid_of, numbers_below(10), 10);
    CHECK(chunk.front() == chunk.back());
  });
}

// PC-40, first half; the second is the next case.
TEST_CASE("closed, a pool does what it has and takes no more; only then may it be joined") {
  under_each_method([](StartMethod method) {
    Pool pool(options_for(method));
    CHECK(code_of([&] { pool.join(); }) == Errc::pool_open);
    const auto tasks = pool.map_async(square, numbers_below(20), 1);
    pool.close();
    CHECK(code_of([&] { pool.apply(square, 1); }) == Errc::pool_closed);
    pool.join();
    CHECK(tasks.ready());
    CHECK(tasks.get()[19] == 361);
    pool.join();
    pool.close();
    pool.terminate();
    CHECK(code_of([&] { pool.apply(square, 1); }) == Errc::pool_closed);
  });
}

TEST_CASE("terminated, a pool ends its workers, and what is not done fails") {
  under_each_method([](StartMethod method) {
    Pool pool(options_for(method));
    const auto running = pool.apply_async(wait_for_ever);
    const auto also_running = pool.apply_async(wait_for_ever);
    const auto waiting = pool.apply_async(square, 2);
    auto workers = brood::active_children();
    CHECK_FALSE(running.wait(0s));
    CHECK(code_of([&] { running.get(0s); }) == Errc::timed_out);
    CHECK(code_of([&] { (void)running.successful(); }) == Errc::still_running);
    pool.terminate();
    for (auto& worker : workers) CHECK(worker.exitcode() == -SIGTERM);
    CHECK(code_of([&] { running.get(); }) == Errc::pool_terminated);
    CHECK(code_of([&] { also_running.get(); }) == Errc::pool_terminated);
    CHECK(code_of([&] { waiting.get(); }) == Errc::pool_terminated);
    CHECK(code_of([&] { pool.apply(square, 1); }) == Errc::pool_closed);
    pool.join();
    pool.terminate();
  });
}

TEST_CASE("the destructor finishes what was handed in, but during an exception") {
  under_each_method([](StartMethod method) {
    auto tasks = [&] {
      Pool pool(options_for(method));
      return pool.map_async(square, numbers_below(30), 1);
    }();
    CHECK(tasks.ready());
    CHECK(tasks.get().size() == 30);

    std::optional<brood::AsyncResult<void>> stuck;
    CHECK_THROWS_AS(
        [&] {
          Pool pool(options_for(method));
          stuck = pool.apply_async(wait_for_ever);
          throw std::runtime_error("out of here");
        }(),
        std::runtime_error);
    CHECK(code_of([&] { stuck->get(); }) == Errc::pool_terminated);
    CHECK(brood::active_children().empty());
  });
}

TEST_CASE("join has a limit where it is asked for") {
  Pool pool(options_for(StartMethod::fork, 1));
  const auto stuck = pool.apply_async(wait_for_ever);
  pool.close();
  CHECK_FALSE(pool.join_for(0s));
  CHECK_FALSE(stuck.ready());
  pool.terminate();
  CHECK(pool.join_for(0s));
}

TEST_CASE("many threads may hand in tasks at once") {
  under_each_method([](StartMethod method) {
    Pool pool(options_for(method));
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 50; ++i)
          if (pool.apply(square, t + i) != (t + i) * (t + i)) ++wrong;
      });
    for (auto& thread : threads) thread.join();
    CHECK(wrong == 0);
  });
}

TEST_CASE("arguments and results of megabytes come through") {
  under_each_method([](StartMethod method) {
    Pool pool(options_for(method));
    const std::string large(3'000'000, 'x');
    CHECK(pool.apply(greeting, large).size() == large.size() + 6);
  });
}

TEST_CASE("a pool cannot be made of nothing, nor by a daemon, nor given what has no name") {
  CHECK(code_of([] { Pool pool(0); }) == Errc::bad_value);
  CHECK(code_of([] { Pool pool({.processes = 1, .max_tasks_per_child = 0}); }) == Errc::bad_value);
  CHECK(code_of([] { Pool pool({.initializer = [] {}}); }) == Errc::not_transferable);
  CHECK(code_of([] { Pool pool({.initializer = brood::Command{"true"}}); }) == Errc::not_transferable);
  CHECK(code_of([] { Pool pool({.initializer = set_initial}); }) == Errc::bad_value);
  CHECK(code_of([] { Pool pool({.initializer = set_initial, .init_args = {1, 2}}); }) == Errc::bad_value);
  CHECK(code_of([] { Pool pool({.init_args = {1}}); }) == Errc::bad_value);
  CHECK(code_of([] { Pool pool(static_cast<std::size_t>(-1)); }) == Errc::bad_value);
  Pool pool(1);
  CHECK(code_of([&] { pool.apply(wait_for_end_of, 0); }) == Errc::not_transferable);

  brood::Process daemon(
      {.target = [] { return code_of([] { Pool mine(1); }) == Errc::daemonic_child ? 3 : 4; },
       .daemon = true,
       .method = StartMethod::fork});
  daemon.start();
  CHECK(daemon.join() == 3);
}

TEST_CASE("a fork of the program can do nothing to the pool") {
  Pool pool(options_for(StartMethod::fork));
  const auto task = pool.apply_async(wait_for_ever);
  const pid_t fork = ::fork();
  if (fork == 0) {
    bool is_right = code_of([&] { pool.apply(square, 2); }) == Errc::not_parent &&
                    code_of([&] { pool.terminate(); }) == Errc::not_parent &&
                    code_of([&] { (void)task.ready(); }) == Errc::not_parent;
    { const Pool copy = std::move(pool); }
    ::_exit(is_right ? 0 : 1);
  }
  int status = -1;
  CHECK(::waitpid(fork, &status, 0) == fork);
  CHECK(status == 0);
  CHECK(pool.apply(square, 5) == 25);
  pool.terminate();
}

TEST_CASE("a function may be forked while there is a pool, and does not keep its workers") {
  Pool pool(options_for(StartMethod::fork));
  CHECK(pool.apply(square, 2) == 4);
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  brood::Process child(
      {.target = [&] { ::close(ends[1]), wait_for_end_of(ends[0]); }, .method = StartMethod::fork});
  child.start();
  ::close(ends[0]);
  pool.close();
  pool.join();  // would wait for ever if the child had the workers' channels
  ::close(ends[1]);
  CHECK(child.join() == 0);
}

TEST_CASE(
    "under fork a pool is refused where there are threads, and allowed where they are said to be harmless") {
  std::atomic_flag is_over = ATOMIC_FLAG_INIT;
  std::thread thread([&] { is_over.wait(false); });
  CHECK(code_of([] { Pool pool(options_for(StartMethod::fork)); }) == Errc::multithreaded);
  CHECK(brood::active_children().empty());
  {
    Pool pool({.processes = 1, .method = StartMethod::fork, .allow_threads = true});
    CHECK(pool.apply(square, 4) == 16);
  }
  is_over.test_and_set();
  is_over.notify_all();
  thread.join();
}

}  // namespace
