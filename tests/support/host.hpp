// SPDX-License-Identifier: MIT
// Runs tests/host, and knows its facts.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "brood/process.hpp"
#include "brood/start_method.hpp"
#include "support/rendezvous.hpp"

namespace brood::test {

using Facts = std::vector<std::string>;

inline std::string listed(const Facts& facts) {
  std::string text;
  for (const auto& fact : facts) text += fact + "\n";
  return text;
}

/// A host at work. Its input is a pipe that stays open until this goes, its output is what it says.
class Host {
 public:
  Host(const std::string& circumstance, StartMethod method, const std::vector<std::string>& arguments = {})
      : process_(options(circumstance, method, arguments)) {
    process_.start();
  }
  /// What it, and whoever has its standard output, says until all of them have ended.
  std::string read() { return read_to_end(process_.output()); }
  std::optional<int> join() { return process_.join(); }

 private:
  static ProcessOptions options(const std::string& circumstance, StartMethod method,
                                const std::vector<std::string>& arguments) {
    std::vector<std::string> argv{BROOD_HOST, circumstance, std::string(to_string(method))};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    ProcessOptions made{.target = Command(argv)};
    made.in = Stream::pipe();
    made.out = Stream::pipe();
    return made;
  }

  Process process_;
};

/// Runs it to its end, which must be 0.
inline std::string facts_of(const std::string& circumstance, StartMethod method,
                            const std::vector<std::string>& arguments = {}) {
  Host host(circumstance, method, arguments);
  std::string said = host.read();
  CHECK(host.join() == 0);
  return said;
}

template <class Body>
void for_each_method(Body body) {
  for (const StartMethod method : start_methods()) {
    CAPTURE(to_string(method));
    body(method);
  }
}

}  // namespace brood::test
