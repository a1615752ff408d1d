// SPDX-License-Identifier: MIT
// The parity cases: 40 situations in which it is known what Python's multiprocessing does (3.11, Linux). Each is a
// scenario of the program in scenarios/, run under each start method; what it printed is compared with what Python
// prints, in brood's words:
//
//   none                            no exception; None
//   already_started, closed, ...    Python's AssertionError, ValueError or AttributeError for the same misuse
//   refused                         what Python refuses as it runs and C++ does not compile
//   a / b                           two lines
//   rc -9                           the program itself did not end with 0
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "brood/start_method.hpp"
#include "brood/target.hpp"

namespace brood::test {

/// What Python prints; a start method that is not in it has no such case.
using Expected = std::map<StartMethod, std::string>;

inline Expected under_all(const std::string& line) {
  return {{StartMethod::fork, line}, {StartMethod::spawn, line}, {StartMethod::forkserver, line}};
}
inline Expected under_fork_else(const std::string& fork, const std::string& others) {
  return {{StartMethod::fork, fork}, {StartMethod::spawn, others}, {StartMethod::forkserver, others}};
}
inline Expected under_forkserver_else(const std::string& forkserver, const std::string& others) {
  return {{StartMethod::fork, others}, {StartMethod::spawn, others}, {StartMethod::forkserver, forkserver}};
}

struct Observed {
  std::string line;    ///< of standard output
  std::string errors;  ///< all of standard error
};
/// Runs a scenario, with "data" as its standard input, until nobody of it is left.
Observed observe(const std::string& scenario, StartMethod method);
using Reading = std::string (*)(const Observed& seen);

/// Registered when the program begins, whichever cases are run.
class ParityCase {
 public:
  /// `read` makes the line that is compared of what was seen.
  ParityCase(const char* number, Expected python, Reading read = nullptr);
  const std::string& number() const noexcept { return number_; }
  const Expected& python() const noexcept { return python_; }
  /// Runs it, and fails unless it goes as in Python or as the table of differences says.
  void check() const;

 private:
  std::string number_;
  Expected python_;
  Reading read_;
};

/// By number.
const std::map<std::string, const ParityCase*>& parity_cases();

}  // namespace brood::test

/// PARITY_CASE("PC-04", "what it is about", EXPECTED): a test case of it.
#define PARITY_CASE(number, title, ...)                                                           \
  static const ::brood::test::ParityCase BROOD_JOIN(parity_case_, __LINE__)(number, __VA_ARGS__); \
  TEST_CASE(number " " title) { BROOD_JOIN(parity_case_, __LINE__).check(); }
