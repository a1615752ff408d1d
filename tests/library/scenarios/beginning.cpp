// SPDX-License-Identifier: MIT
// Names, starts and exit codes.
#include <unistd.h>

#include <csignal>
#include <stdexcept>

#include "brood/context.hpp"
#include "brood/this_process.hpp"
#include "scenario.hpp"

namespace brood::scenario {
namespace {

const Scenario unstarted("PC-01", [](StartMethod method) {
  Process p({.target = nothing, .method = method});
  say({p.pid() ? "a pid" : "none", text(p.exitcode()), text(p.is_alive()),
       outcome([&] { return p.sentinel(); }), outcome([&] { return p.join(); }),
       outcome([&] { return p.terminate(); })});
});

const Scenario default_names("PC-02", [](StartMethod method) {
  const Context context(method);
  const Process a = context.Process();
  const Process b = context.Process({.name = "x"});
  const Process c;
  const Process d = context.Process({.name = ""});
  say({a.name(), b.name(), c.name(), d.name()});
});

void tell_names() { say({this_process().name(), Process().name()}); }
BROOD_TARGET(tell_names);

const Scenario nested_name("PC-03", [](StartMethod method) {
  Process p({.target = tell_names, .method = method});
  p.start();
  p.join();
});

const Scenario start_twice("PC-04", [](StartMethod method) {
  Held p(method);
  say({outcome([&] { p->start(); })});
  p.end();
  say({outcome([&] { p->start(); })});
});

// Python's True, False and None are exit codes, too.
void exit_with(const Value& code) {
  if (code.is_null()) exit();
  if (code.kind() == Value::Kind::boolean) exit(code.boolean());
  exit(static_cast<int>(code.integer()));
}
BROOD_TARGET(exit_with);

const Scenario exit_codes("PC-05", [](StartMethod method) {
  std::vector<std::string> codes;
  for (const Value& value : Value::Array{0, 3, 255, 256, 300, -1, true, false, nullptr}) {
    Process p({.target = exit_with, .args = {value}, .method = method});
    p.start();
    codes.push_back(text(p.join()));
  }
  say({text(codes)});
});

void exit_with_text(const std::string& words) { exit(words); }
BROOD_TARGET(exit_with_text);

const Scenario exit_text("PC-06", [](StartMethod method) {
  Process p({.target = exit_with_text, .args = {"bad thing"}, .method = method});
  p.start();
  say({text(p.join())});
});

void divide(int a, int b) {
  if (b == 0) throw std::domain_error("division by zero");
  exit(a / b);
}
BROOD_TARGET(divide);

const Scenario exception("PC-07", [](StartMethod method) {
  Process p({.target = divide, .args = {1, 0}, .method = method});
  p.start();
  say({text(p.join())});
});

std::string code_of_death(StartMethod method, int signal) {
  Held p(method);
  ::kill(p->pid().value(), signal);
  return text(p->join());
}

const Scenario deaths("PC-08", [](StartMethod method) {
  std::vector<std::string> codes;
  for (const int signal : {SIGTERM, SIGKILL, SIGSEGV, SIGUSR1})
    codes.push_back(code_of_death(method, signal));
  say({text(codes)});
});

const Scenario interrupt("PC-09", [](StartMethod method) { say({code_of_death(method, SIGINT)}); });

std::string seven_as_text() { return "7"; }
BROOD_TARGET(seven_as_text);

const Scenario return_value("PC-10", [](StartMethod method) {
  Process number({.target = seven, .method = method});
  Process words({.target = seven_as_text, .method = method});
  number.start();
  words.start();
  say({"number", text(number.join()), "text", text(words.join())});
});

}  // namespace
}  // namespace brood::scenario
