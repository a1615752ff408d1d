// SPDX-License-Identifier: MIT
// Faults while a job comes to be, up to its end.
#include <doctest/doctest.h>

#include "faults/experiment.hpp"

namespace {

using namespace brood::test;
using brood::JobId;
using brood::StartMethod;
using Words = std::vector<std::string>;

Words joined(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string is_there(World& world, const std::string& output) {
  const auto jobs = world.registry.list();
  if (jobs.size() == 1 && std::to_string(jobs[0].id) + "\n" == output) return {};
  return "was told of job \"" + output + "\", and there are " + std::to_string(jobs.size());
}

Scenario start(StartMethod method) {
  Scenario scenario{.name = "start", .method = method};
  scenario.words = [method](const World& world) {
    return joined({"start", "--name", "x", "--unique", "--method", std::string(to_string(method)), "--"},
                  world.target());
  };
  scenario.roles = {Role::caller, Role::guard, Role::monitor, Role::child};
  scenario.promise = is_there;
  return scenario;
}

Scenario start_created() {
  Scenario scenario{.name = "start --job"};
  scenario.prepare = [](World& world) { world.job = world.registry.create(world.spec()); };
  scenario.words = [](const World& world) { return Words{"start", "--job", std::to_string(world.job)}; };
  scenario.roles = {Role::caller, Role::guard, Role::monitor};
  scenario.promise = is_there;
  return scenario;
}

Scenario create() {
  Scenario scenario{.name = "create"};
  scenario.words = [](const World& world) { return joined({"create", "--name", "x", "--"}, world.target()); };
  scenario.promise = is_there;
  return scenario;
}

Scenario run() {
  Scenario scenario{.name = "run"};
  scenario.words = [](const World& world) { return joined({"run", "--name", "x", "--"}, world.target()); };
  scenario.roles = {Role::caller, Role::child};
  scenario.family = scenario.roles;
  scenario.releases_first = true;
  scenario.irreplaceable = Role::caller;
  scenario.ends_as_job = true;
  return scenario;
}

TEST_CASE("start under fork, killed") { try_kills(start(StartMethod::fork), 8); }
TEST_CASE("start under fork, with errors") { try_errors(start(StartMethod::fork), 12); }
TEST_CASE("start under spawn, killed") { try_kills(start(StartMethod::spawn), 20); }
TEST_CASE("start under spawn, with errors") { try_errors(start(StartMethod::spawn), 30); }
TEST_CASE("start under forkserver, killed") { try_kills(start(StartMethod::forkserver), 20); }
TEST_CASE("start under forkserver, with errors") { try_errors(start(StartMethod::forkserver), 30); }
TEST_CASE("run, killed") { try_kills(run(), 8); }
TEST_CASE("run, with errors") { try_errors(run(), 12); }
TEST_CASE("create, killed") { try_kills(create(), 8); }
TEST_CASE("create, with errors") { try_errors(create(), 12); }
TEST_CASE("start of a created job, killed") { try_kills(start_created(), 20); }
TEST_CASE("start of a created job, with errors") { try_errors(start_created(), 30); }

}  // namespace
