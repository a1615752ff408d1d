// SPDX-License-Identifier: MIT
// ignore N             ignores signal N
// answer N FIFO TEXT   from now on says TEXT whenever signal N arrives, and goes on
// end-on N FIFO TEXT   says TEXT when signal N arrives, and exits 0
// die N                dies of signal N, without a core
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "probe/probe.hpp"

namespace probe {
namespace {

struct Answer {
  int fd = -1;
  std::string text;
  bool ends = false;
};
Answer answers[NSIG];

void on_signal(int signal) {
  const Answer& answer = answers[signal];
  say(answer.fd, answer.text.c_str());
  if (answer.ends) ::_exit(0);
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

bool do_signal(std::string_view word, Script& script) {
  if (word == "ignore") {
    handle(script.number(), SIG_IGN);
  } else if (word == "answer" || word == "end-on") {
    const int signal = script.number();
    answers[signal].fd = open_reports(script.next());
    answers[signal].text = script.next();
    answers[signal].ends = word == "end-on";
    handle(signal, on_signal);
  } else if (word == "die") {
    const int signal = script.number();
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    handle(signal, SIG_DFL);
    ::kill(::getpid(), signal);
  } else {
    return false;
  }
  return true;
}

}  // namespace probe
