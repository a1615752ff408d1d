// SPDX-License-Identifier: MIT
// Faults while a job that runs, or has run, is waited for, ended, changed, forgotten.
#include <doctest/doctest.h>

#include <csignal>

#include "faults/experiment.hpp"

namespace {

using namespace brood::test;
using brood::JobState;
using brood::StartMethod;

Scenario on_job(const std::string& command, StartMethod method = StartMethod::fork) {
  Scenario scenario{.name = command, .method = method};
  scenario.prepare = [](World& world) { world.start_job(); };
  scenario.words = [command](const World& world) {
    return std::vector<std::string>{command, std::to_string(world.job)};
  };
  scenario.roles = {Role::caller, Role::guard, Role::monitor};
  scenario.is_kept_already = true;
  return scenario;
}

std::string has_ended(World& world, const std::string&) {
  const auto info = world.registry.info(world.job);
  return info.exit_status ? "" : "the job is " + std::string(to_string(info.state));
}

Scenario join(StartMethod method) {
  Scenario scenario = on_job("join", method);
  scenario.releases_first = true;
  scenario.ends_as_job = true;
  scenario.promise = has_ended;
  return scenario;
}

Scenario end(const std::string& command, int signal, StartMethod method) {
  Scenario scenario = on_job(command, method);
  // A guard that takes over in the middle knows only that the job is to end.
  scenario.codes = {-signal, -SIGTERM};
  scenario.promise = has_ended;
  return scenario;
}

Scenario restart() {
  Scenario scenario = on_job("restart");
  scenario.roles.push_back(Role::child);
  scenario.codes = {-SIGTERM};
  return scenario;
}

Scenario rename() {
  Scenario scenario = on_job("rename");
  scenario.words = [](const World& world) {
    return std::vector<std::string>{"rename", std::to_string(world.job), "y"};
  };
  scenario.promise = [](World& world, const std::string&) {
    return world.registry.info(world.job).name == "y" ? "" : "it has not got its name";
  };
  return scenario;
}

Scenario close() {
  Scenario scenario = on_job("close");
  scenario.prepare = [](World& world) {
    world.start_job();
    world.release();
    world.registry.join(world.job);
  };
  scenario.roles = {Role::caller};
  scenario.is_kept_already = false;
  scenario.promise = [](World& world, const std::string&) {
    return world.registry.list().empty() ? "" : "the job is still there";
  };
  return scenario;
}

TEST_CASE("the end of a job under join, killed") { try_kills(join(StartMethod::fork), 6); }
TEST_CASE("the end of a job under join, with errors") { try_errors(join(StartMethod::fork), 8); }
TEST_CASE("the same under forkserver") {
  try_kills(join(StartMethod::forkserver), 12);
  try_errors(join(StartMethod::forkserver), 16);
}
TEST_CASE("terminate, killed") { try_kills(end("terminate", SIGTERM, StartMethod::fork), 12); }
TEST_CASE("terminate, with errors") { try_errors(end("terminate", SIGTERM, StartMethod::fork), 16); }
TEST_CASE("terminate under forkserver") {
  try_kills(end("terminate", SIGTERM, StartMethod::forkserver), 24);
  try_errors(end("terminate", SIGTERM, StartMethod::forkserver), 32);
}
TEST_CASE("kill, killed") { try_kills(end("kill", SIGKILL, StartMethod::fork), 24); }
TEST_CASE("kill, with errors") { try_errors(end("kill", SIGKILL, StartMethod::fork), 32); }
TEST_CASE("restart, killed") { try_kills(restart(), 20); }
TEST_CASE("restart, with errors") { try_errors(restart(), 30); }
TEST_CASE("rename, killed") { try_kills(rename(), 16); }
TEST_CASE("rename, with errors") { try_errors(rename(), 24); }
TEST_CASE("close, killed") { try_kills(close(), 8); }
TEST_CASE("close, with errors") { try_errors(close(), 12); }

}  // namespace
