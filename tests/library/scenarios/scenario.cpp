// SPDX-License-Identifier: MIT
#include "scenario.hpp"

#include <sys/resource.h>

#include <exception>
#include <iostream>
#include <map>

#include "brood/init.hpp"

namespace brood::scenario {
namespace {

std::map<std::string, Body, std::less<>>& all() {
  static std::map<std::string, Body, std::less<>> scenarios;
  return scenarios;
}

}  // namespace

Scenario::Scenario(const char* number, Body body) { all().emplace(number, std::move(body)); }

Body find(std::string_view number) {
  const auto found = all().find(number);
  return found == all().end() ? Body() : found->second;
}

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

}  // namespace brood::scenario

int main(int argc, char** argv) {
  // A program that forgets it is a scenario, too.
  if (argc < 2 || argv[1] != std::string_view("no-init")) brood::init(argc, argv);
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
