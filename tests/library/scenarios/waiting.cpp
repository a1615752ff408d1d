// SPDX-License-Identifier: MIT
// Waiting, ending and closing.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <limits>
#include <thread>

#include "brood/pool.hpp"
#include "brood/this_process.hpp"
#include "brood/wait.hpp"
#include "os/file.hpp"
#include "os/process.hpp"
#include "scenario.hpp"

namespace brood::scenario {
namespace {

using std::chrono::milliseconds;
using Seconds = std::chrono::duration<double>;

const Scenario terminate_twice("PC-11", [](StartMethod method) {
  Held p(method);
  p->terminate();
  p->join();
  say({text(p->exitcode()), outcome([&] { return p->terminate(); }), outcome([&] { return p->kill(); }),
       text(p->exitcode())});
});

// Answers whatever comes, and is told to go by nobody.
void answer_deaf(int up, int go) {
  std::signal(SIGTERM, SIG_IGN);
  const auto parent = parent_process().value();
  do send_byte(up);
  while (wait({go, parent.sentinel()}).front() == 0 && !os::read_stream(go, 1).empty());
}
BROOD_TARGET(answer_deaf);

const Scenario term_ignored("PC-12", [](StartMethod method) {
  Held p(method, {}, answer_deaf);
  p->terminate();
  p.tell();
  p.await_up();  // so it has not been ended by what was sent before
  say({text(p->is_alive())});
  p->kill();
  say({text(p->join())});
});

const Scenario join_timeouts("PC-13", [](StartMethod method) {
  Held p(method);
  const std::string none = text(p->join(milliseconds(0)));
  const std::string negative = text(p->join(milliseconds(-1000)));
  const std::string some = text(p->join(milliseconds(1)));
  say({none, negative, some, text(p->exitcode())});
  p.end();
  say({text(p->join(milliseconds(1))), text(p->exitcode())});
});

const Scenario absurd_timeouts("PC-14", [](StartMethod method) {
  std::vector<std::string> words;
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double time : {infinity, nan, 1e10}) {
    Held p(method);
    p.tell();  // it is about to end, as it may be without a limit
    words.push_back(outcome([&] { return p->join(Seconds(time)); }));
  }
  say(words);
});

const Scenario close_rules("PC-15", [](StartMethod method) {
  // The prefix makes the name that Python gives.
  const char* prefixes[] = {"ForkProcess", "SpawnProcess", "ForkServerProcess"};
  Held p(method, {.name_prefix = prefixes[static_cast<int>(method)]});
  say({outcome([&] { p->close(); })});
  p.end();
  const auto first = outcome([&] { p->close(); });
  const auto again = outcome([&] { p->close(); });
  say({first, again,
       text({outcome([&] { return p->pid(); }), outcome([&] { return p->exitcode(); }),
             outcome([&] { return p->sentinel(); })}),
       text({outcome([&] { return p->join(); }), outcome([&] { return p->is_alive(); }),
             outcome([&] { return p->terminate(); }), outcome([&] { return p->kill(); }),
             outcome([&] { p->start(); })}),
       p->name()});
});

const Scenario close_unstarted("PC-16", [](StartMethod method) {
  Process p({.method = method});
  p.close();
  say({outcome([&] { p.start(); })});
});

std::string names(const std::vector<std::size_t>& ready, const std::vector<std::string>& of) {
  std::vector<std::string> all;
  for (const std::size_t index : ready) all.push_back(of[index]);
  return text(all);
}

const Scenario waiting("PC-21", [](StartMethod method) {
  Held a(method), b(method), e(method);
  say({names(wait({e.process()}, milliseconds(1)), {"e"})});
  a.tell();
  b.tell();
  (void)wait({a.process()});
  (void)wait({b.process()});
  const Waitable all[] = {a.process(), b.process(), e.process()};
  const auto ready = wait({e.process(), a.process(), b.process()});
  say({names(ready, {"e", "a", "b"}), std::to_string(wait(all, milliseconds(0)).size())});
  e->kill();
  for (Held* one : {&a, &b, &e}) (*one)->join();
  say({std::to_string(wait(all, milliseconds(0)).size())});
});

std::string indices(const std::vector<std::size_t>& ready) { return names(ready, {"0", "1"}); }

// The answer, or the error.
template <class Action>
std::string answer(Action action) {
  std::string said;
  const std::string problem = outcome([&] { said = indices(action()); });
  return problem == "none" ? said : problem;
}

const Scenario waiting_for_nothing("PC-22", [](StartMethod method) {
  Process unstarted({.method = method});
  // That a day is not slept out is seen by coming back.
  say({answer([] { return wait({}, milliseconds(0)); }),
       answer([] { return wait({}, std::chrono::hours(24)); }),
       answer([] { return wait({-1}, milliseconds(0)); }), answer([] {
         return wait({0, 0}, milliseconds(0));
       }),
       answer([&] { return wait({unstarted}, milliseconds(0)); })});
  say({answer([] { return wait({}); })});
});

// Leaves a fork of its own behind, which holds all that it has.
void leave_descendant(int up, int go) {
  const auto parent = parent_process().value();
  if (os::fork_process() == 0) {
    (void)wait({go, parent.sentinel()});
    os::exit_now(0);
  }
  send_byte(up);
}
BROOD_TARGET(leave_descendant);

const Scenario descendant("PC-23", [](StartMethod method) {
  Held p(method, {}, leave_descendant);
  const bool seen = p->join(patience);
  say({text(seen), text(!wait({p.process()}, milliseconds(0)).empty()), text(p->is_alive()),
       text(p->exitcode())});
  p.tell();
});

// A shell can name descriptors of one digit only.
void become_shell(int up, int go) {
  ::dup2(up, 8);
  ::dup2(go, 9);
  ::execl("/bin/sh", "sh", "-c", "echo >&8; read line <&9", nullptr);
  exit(99);
}
BROOD_TARGET(become_shell);

const Scenario exec_in_child("PC-24", [](StartMethod method) {
  Held p(method, {}, become_shell);
  const bool seen = p->join(milliseconds(1));
  say({text(seen), text(p->exitcode())});
  p.end();
});

const Scenario concurrent_joins("PC-38", [](StartMethod method) {
  Held p(method);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { (void)p->join(); });
  p.tell();
  for (auto& thread : threads) thread.join();
  say({text(p->exitcode())});
});

const Scenario stopped("PC-39", [](StartMethod method) {
  Held p(method);
  stop(p->pid().value());
  say({text(p->is_alive()), text(p->exitcode())});
  p->terminate();
  (void)p->join(milliseconds(1));
  say({text(p->is_alive())});
  p->kill();
  say({text(p->join())});
});

int doubled(int number) { return 2 * number; }
BROOD_TARGET(doubled);

void stay() {
  for (;;) ::pause();
}
BROOD_TARGET(stay);

const Scenario pool("PC-40", [](StartMethod method) {
  Pool closed({.processes = 2, .method = method});
  say({outcome([&] { closed.join(); })});
  const auto done = closed.apply_async(doubled, 2);
  closed.close();
  const std::string refused = outcome([&] { closed.apply_async(doubled, 3); });
  closed.join();
  say({refused, text(done.ready()), outcome([&] { return done.get(); })});

  Pool terminated({.processes = 2, .method = method});
  auto workers = active_children();
  const auto lost = terminated.apply_async(stay);
  terminated.terminate();
  terminated.join();
  std::vector<std::string> codes;
  for (auto& worker : workers) codes.push_back(text(worker.exitcode()));
  say({text(codes), outcome([&] { lost.get(milliseconds(0)); })});
});

}  // namespace
}  // namespace brood::scenario
