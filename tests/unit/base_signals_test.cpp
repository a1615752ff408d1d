// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <csignal>

#include "brood/text.hpp"

using namespace brood;

TEST_CASE("a signal is known by name, with or without SIG, in any case, and by number") {
  for (const std::string text : {"TERM", "SIGTERM", "term", "sigterm", "Term", "15"}) {
    CAPTURE(text);
    CHECK(parse_signal(text) == 15);
  }
  CHECK(parse_signal("KILL") == 9);
  CHECK(parse_signal("1") == 1);
  CHECK(parse_signal("64") == 64);
}

TEST_CASE("other names for a signal are known, too") {
  CHECK(parse_signal("IOT") == SIGABRT);
  CHECK(parse_signal("SIGCLD") == SIGCHLD);
  CHECK(parse_signal("POLL") == SIGIO);
}

TEST_CASE("real-time signals are counted from either end") {
  CHECK(parse_signal("RTMIN") == SIGRTMIN);
  CHECK(parse_signal("RTMIN+3") == SIGRTMIN + 3);
  CHECK(parse_signal("sigrtmin+1") == SIGRTMIN + 1);
  CHECK(parse_signal("RTMAX") == 64);
  CHECK(parse_signal("RTMAX-1") == 63);
}

TEST_CASE("what is no signal is refused") {
  for (const std::string text :
       {"", "0", "65", "-1", "+9", " 9", "9 ", "SIG", "SIGSIGTERM", "TERMX", "TER", "SIG15", "RTMIN+",
        "RTMIN-1", "RTMAX+1", "RTMIN+99", "RTMIN+-1", "RTMIN3", "9999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_signal(text).has_value());
  }
}

TEST_CASE("a signal's name is its usual one") {
  CHECK(signal_name(15) == "SIGTERM");
  CHECK(signal_name(9) == "SIGKILL");
  CHECK(signal_name(SIGRTMIN) == "SIGRTMIN");
  CHECK(signal_name(SIGRTMIN + 3) == "SIGRTMIN+3");
  CHECK(signal_name(99) == "SIG99");
  CHECK(signal_name(0) == "SIG0");
}

TEST_CASE("the name of every signal that a program can use leads back to it") {
  int checked = 0;
  for (int signal = 1; signal <= 64; ++signal) {
    if (signal == 32 || signal == 33) continue;  // the C library's own
    CAPTURE(signal);
    CHECK(parse_signal(signal_name(signal)) == signal);
    ++checked;
  }
  CHECK(checked == 62);
}
