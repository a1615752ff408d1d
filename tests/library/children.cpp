// SPDX-License-Identifier: MIT
#include "library/children.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <utility>

#include "brood/this_process.hpp"
#include "brood/wait.hpp"
#include "os/file.hpp"

namespace brood::test {
namespace {

BROOD_TARGET(nothing);
BROOD_TARGET(seven);
BROOD_TARGET(stay);
BROOD_TARGET(stay_deaf);

ProcessOptions held_options(StartMethod method, ProcessOptions options, Target target, int up, int go) {
  options.target = std::move(target);
  options.args = {up, go};
  options.pass_fds = {up, go};
  options.method = method;
  // A test that fails is not to wait for what it has not told to go.
  if (!options.on_destroy) {
    options.on_destroy = OnDestroy::terminate;
    options.grace = std::chrono::milliseconds(0);
  }
  return options;
}

}  // namespace

void put(std::string_view text) { os::write_all(STDOUT_FILENO, text); }

void await_byte(int fd) {
  if (wait({fd}, patience).empty() || os::read_stream(fd, 1).empty())
    throw std::runtime_error("nothing came from the other side");
}
void send_byte(int fd) { os::write_all(fd, "\n"); }

void stop(pid_t child) {
  (void)::kill(child, SIGSTOP);
  siginfo_t news;
  if (::waitid(P_PID, static_cast<id_t>(child), &news, WSTOPPED | WNOWAIT) != 0)
    throw std::runtime_error("it cannot be stopped");
}

void nothing() {}
int seven() { return 7; }

void stay(int up, int go) {
  send_byte(up);
  const auto parent = parent_process().value();
  (void)wait({go, parent.sentinel()});
}

void stay_deaf(int up, int go) {
  std::signal(SIGTERM, SIG_IGN);
  stay(up, go);
}

Held::Held(StartMethod method, ProcessOptions more, Body body)
    : Held(method, std::move(more), Target(body)) {}

Held::Held(StartMethod method, ProcessOptions more, Target target)
    : up_(os::make_pipe()),
      go_(os::make_pipe()),
      process_(held_options(method, std::move(more), std::move(target), up_.write.get(), go_.read.get())) {
  process_.start();
  up_.write.reset();  // so that its death is seen, too
  await_up();
}

void Held::end() {
  tell();
  (void)process_.join();
}

}  // namespace brood::test
