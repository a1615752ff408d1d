// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <cstdio>

#include "probe/probe.hpp"

namespace probe {

const std::string& Script::next() {
  if (is_done()) give_up("the script ends too early");
  return words_[at_++];
}

std::vector<std::string> Script::block() {
  if (next() != "[") give_up("a block is missing");
  std::vector<std::string> inside;
  for (int depth = 1;;) {
    const std::string& word = next();
    if (word == "[") ++depth;
    if (word == "]" && --depth == 0) return inside;
    inside.push_back(word);
  }
}

void run(Script script) {
  while (!script.is_done()) {
    const std::string word = script.next();
    if (!do_meeting(word, script) && !do_process(word, script) && !do_signal(word, script) &&
        !do_report(word, script))
      give_up("unknown word '" + word + "'");
    std::fflush(stdout);
  }
}

void give_up(const std::string& why) {
  std::fprintf(stderr, "probe: %s\n", why.c_str());
  ::_exit(113);
}

}  // namespace probe

int main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  probe::open_gates(words);
  probe::run(probe::Script(std::move(words)));
  return 0;
}
