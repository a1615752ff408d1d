// SPDX-License-Identifier: MIT
#include "support/launch.hpp"

#include <sys/wait.h>

#include "os/signals.hpp"
#include "support/rendezvous.hpp"

namespace brood::test {

Launch::Launch(std::vector<std::string> argv, std::vector<std::string> env)
    : argv_(std::move(argv)), env_(std::move(env)) {
  for (const auto& word : argv_) target.argv.push_back(word.c_str());
  for (const auto& entry : env_) target.env.push_back(entry.c_str());
  sigemptyset(&target.mask);
}

ExitStatus Launch::run() {
  Pipe pipe = make_pipe();
  for (const std::size_t stream : {1u, 2u})
    if (target.streams[stream] < 0) target.streams[stream] = pipe.write.get();
  pid_t pid = 0;
  {
    const os::SignalBlock block;
    pid = launch::start_target(target);
  }
  pipe.write.reset();
  output_ = read_to_end(pipe.read.get());
  int word = 0;
  (void)::waitpid(pid, &word, 0);
  return WIFSIGNALED(word) ? ExitStatus::signalled(WTERMSIG(word), WCOREDUMP(word) != 0)
                           : ExitStatus::exited(WEXITSTATUS(word));
}

}  // namespace brood::test
