// SPDX-License-Identifier: MIT
#include "support/child.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <iostream>

#include "os/process.hpp"
#include "support/rendezvous.hpp"

namespace brood::test {

Child::Child(const Body& body) {
  Pipe pipe = make_pipe();
  pid_ = os::fork_process();
  if (pid_ == 0) {
    pipe.read.reset();
    int status = child_threw;
    try {
      status = body(pipe.write.get());
    } catch (const std::exception& problem) {
      std::cerr << "in the child: " << problem.what() << std::endl;
    }
    os::exit_now(status);
  }
  output_ = std::move(pipe.read);
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), output_(std::move(other.output_)) {}

Child::~Child() {
  if (pid_ == 0) return;
  kill();
  (void)::waitpid(pid_, nullptr, 0);
}

std::string Child::read_output() const { return read_to_end(output_.get()); }

void Child::kill() const {
  if (pid_ > 0) (void)::kill(pid_, SIGKILL);
}

ExitStatus Child::wait() {
  const auto pidfd = os::open_pidfd(pid_);
  if (pidfd) await_ready(pidfd->get());
  int word = 0;
  if (::waitpid(std::exchange(pid_, 0), &word, 0) < 0)
    throw std::runtime_error("the child is not ours any more");
  return WIFSIGNALED(word) ? ExitStatus::signalled(WTERMSIG(word), WCOREDUMP(word) != 0)
                           : ExitStatus::exited(WEXITSTATUS(word));
}

}  // namespace brood::test
