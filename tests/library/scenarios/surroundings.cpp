// SPDX-License-Identifier: MIT
// What a child inherits, start methods, and hostile surroundings.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "brood/context.hpp"
#include "brood/wait.hpp"
#include "os/file.hpp"
#include "os/process.hpp"
#include "os/signals.hpp"
#include "scenario.hpp"

namespace brood::scenario {
namespace {

template <class T>
constexpr bool has_setter = requires(T& context) {
  context.set_start_method(StartMethod::fork);
};

void run(StartMethod method, Target target) {
  Process p({.target = std::move(target), .method = method});
  p.start();
  p.join();
}

void tell_of_input() {
  const bool is_another = ::fileno(stdin) != 0;
  std::array<char, 5> word{};
  (void)!std::fgets(word.data(), word.size(), stdin);
  const std::string object = word.data();
  say({text(is_another), "'" + object + "'", "'" + os::read_stream(STDIN_FILENO, 4) + "'"});
}
BROOD_TARGET(tell_of_input);

const Scenario input("PC-30", [](StartMethod method) { run(method, tell_of_input); });

void tell_of_descriptor() { say({text(os::is_open(60))}); }
BROOD_TARGET(tell_of_descriptor);

const Scenario descriptors("PC-31", [](StartMethod method) {
  const os::PipeEnds pipe = os::make_pipe();
  os::place(pipe.read.get(), 60);
  run(method, tell_of_descriptor);
});

void tell_of_surroundings() {
  char mask[8];
  std::snprintf(mask, sizeof mask, "%03o", os::set_umask(0));
  const char* variable = std::getenv("A");
  say({variable ? variable : "none", mask});
}
BROOD_TARGET(tell_of_surroundings);

const Scenario environment("PC-32", [](StartMethod method) {
  (void)os::set_umask(022);
  ::setenv("A", "1", 1);
  run(method, nothing);
  ::setenv("A", "2", 1);
  (void)os::set_umask(077);
  run(method, tell_of_surroundings);
});

const Scenario start_methods("PC-33", [](StartMethod) {
  reset_start_method();
  const auto undecided = decided_start_method();
  std::vector<std::string> all;
  for (const StartMethod one : get_all_start_methods()) all.emplace_back(to_string(one));
  const std::string asked(to_string(get_start_method()));
  const auto set = outcome([] { set_start_method(StartMethod::fork); });
  const auto forced = outcome([] { set_start_method("spawn", true); });
  say({undecided ? "some" : "none", text(all), asked, set, forced,
       outcome([] { set_start_method("x", true); }), outcome([] { return Context("x"); }),
       has_setter<Context> ? "none" : "refused"});
});

const Scenario no_executable("PC-34", [](StartMethod method) {
  set_executable("/nonexistent/x");
  Process p({.target = nothing, .method = method});
  const auto started = outcome([&] { p.start(); });
  say({started, started == "none" ? text(p.join()) : "unstarted"});
});

const Scenario server_killed("PC-35", [](StartMethod method) {
  Held p(method);
  const pid_t server = fork_server::pid().value();
  const auto watch = os::open_pidfd(server).value();
  (void)os::send_signal_to_pid(server, SIGKILL);
  (void)wait({watch.get()});
  say({text(p->exitcode()), text(p->is_alive()), text(os::send_signal_to_pid(p->pid().value(), 0) == 0)});
  Process next({.target = nothing, .method = method});
  next.start();
  say({text(next.join())});
  p.end();
});

const Scenario mask("PC-36", [](StartMethod method) {
  os::block(SIGTERM);
  run(method, nothing);
  sigset_t now;
  ::sigprocmask(SIG_BLOCK, nullptr, &now);
  say({text(::sigismember(&now, SIGTERM) == 1)});
});

const Scenario sigchld_ignored("PC-37", [](StartMethod method) {
  std::signal(SIGCHLD, SIG_IGN);
  Held p(method);
  p.end();
  const std::string code = p->exit_unknown() ? "unknown" : text(p->exitcode());
  say({code, text(p->is_alive()), outcome([&] { p->close(); })});
});

}  // namespace
}  // namespace brood::scenario
