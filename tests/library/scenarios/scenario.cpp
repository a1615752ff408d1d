// SPDX-License-Identifier: MIT
#include "scenario.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <iostream>
#include <map>
#include <stdexcept>

#include "brood/init.hpp"
#include "brood/this_process.hpp"
#include "brood/wait.hpp"
#include "os/file.hpp"

namespace brood::scenario {
namespace {

std::map<std::string, Body, std::less<>>& all() {
  static std::map<std::string, Body, std::less<>> scenarios;
  return scenarios;
}

BROOD_TARGET(nothing);
BROOD_TARGET(stay);

}  // namespace

Scenario::Scenario(const char* number, Body body) { all().emplace(number, std::move(body)); }

Body find(std::string_view number) {
  const auto found = all().find(number);
  return found == all().end() ? Body() : found->second;
}

void put(std::string_view text) { os::write_all(STDOUT_FILENO, text); }

void say(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words) line += (line.empty() ? "" : " ") + word;
  put(line + "\n");
}

std::string text(bool truth) { return truth ? "true" : "false"; }
std::string text(const std::optional<int>& number) { return number ? std::to_string(*number) : "none"; }
std::string text(const std::vector<std::string>& list) {
  std::string all;
  for (const auto& one : list) all += (all.empty() ? "" : ", ") + one;
  return "[" + all + "]";
}

void await_byte(int fd) {
  if (wait({fd}, patience).empty() || os::read_stream(fd, 1).empty())
    throw std::runtime_error("nothing came from the other side");
}
void send_byte(int fd) { os::write_all(fd, "\n"); }

void nothing() {}

void stay(int up, int go) {
  send_byte(up);
  const auto parent = parent_process().value();
  (void)wait({go, parent.sentinel()});
}

namespace {

ProcessOptions held_options(StartMethod method, ProcessOptions options, Held::Target target, int up, int go) {
  options.target = target;
  options.args = {up, go};
  options.pass_fds = {up, go};
  options.method = method;
  // A scenario that fails is not to wait for what it has not told to go.
  options.on_destroy = OnDestroy::terminate;
  options.grace = std::chrono::milliseconds(0);
  return options;
}

}  // namespace

Held::Held(StartMethod method, ProcessOptions more, Target target)
    : up_(os::make_pipe()),
      go_(os::make_pipe()),
      process_(held_options(method, std::move(more), target, up_.write.get(), go_.read.get())) {
  process_.start();
  up_.write.reset();  // so that its death is seen, too
  await_up();
}

void Held::end() {
  tell();
  (void)process_.join();
}

}  // namespace brood::scenario

int main(int argc, char** argv) {
  brood::init(argc, argv);
  const rlimit no_core{0, 0};
  (void)::setrlimit(RLIMIT_CORE, &no_core);
  const auto method = argc == 3 ? brood::parse_start_method(argv[2]) : std::nullopt;
  const auto scenario = argc == 3 ? brood::scenario::find(argv[1]) : brood::scenario::Body();
  if (!method || !scenario) {
    std::cerr << "usage: brood_scenarios CASE METHOD\n";
    return 2;
  }
  try {
    scenario(*method);
  } catch (const std::exception& problem) {
    brood::scenario::say({"FAILED:", problem.what()});
    return 3;
  }
  return 0;
}
