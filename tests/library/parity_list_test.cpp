// SPDX-License-Identifier: MIT
// The table of differences is about cases that exist, the manual page has all of it, and no case has been lost.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "library/parity.hpp"
#include "library/parity_differences.hpp"
#include "support/temp_dir.hpp"

namespace brood::test {
namespace {

constexpr int number_of_cases = 40;

std::string number_of(int i) { return (i < 10 ? "PC-0" : "PC-") + std::to_string(i); }

TEST_CASE("each of the 40 parity cases has a scenario, or a reason why it has none") {
  std::set<std::string> known;
  for (const auto& [number, parity_case] : parity_cases()) known.insert(number);
  for (const auto& unseen : unseen_cases()) {
    CAPTURE(unseen.number);
    CHECK(!unseen.why.empty());
    CHECK_MESSAGE(known.insert(unseen.number).second, "it has a scenario as well");
  }
  CHECK(known.size() == number_of_cases);
  for (int i = 1; i <= number_of_cases; ++i) CHECK_MESSAGE(known.count(number_of(i)) == 1, number_of(i));
}

TEST_CASE("a deliberate difference has a reason, and rows about what its cases compare") {
  for (const auto& difference : differences()) {
    CAPTURE(difference.title);
    CHECK(!difference.why.empty());
    CHECK(!difference.rows.empty());
    for (const auto& row : difference.rows) {
      CAPTURE(row.number);
      const auto found = parity_cases().find(row.number);
      REQUIRE(found != parity_cases().end());
      CHECK(row.python != row.brood);
      for (const StartMethod method : row.methods) {
        REQUIRE(found->second->python().count(method) == 1);
        CHECK(found->second->python().at(method) == row.python);
      }
    }
  }
}

// The titles in a section of the manual page.
std::set<std::string> items(const std::string& page, const std::string& section) {
  std::set<std::string> found;
  std::size_t at = page.find("\n.Sh " + section + "\n");
  REQUIRE(at != std::string::npos);
  const std::size_t end = page.find("\n.Sh ", at + 1);
  for (at = page.find("\n.It ", at); at < end; at = page.find("\n.It ", at + 1)) {
    std::string title = page.substr(at + 5, page.find('\n', at + 5) - at - 5);
    if (title.starts_with("\\&")) title.erase(0, 2);
    found.insert(title);
  }
  return found;
}

TEST_CASE("the manual page lists the deliberate differences, and no others") {
  const std::string page = contents_of(BROOD_TEST_DATA "/../../man/brood-multiprocessing.7");
  std::set<std::string> titles;
  for (const auto& difference : differences()) titles.insert(difference.title);
  const std::set<std::string> told = items(page, "DELIBERATE DIFFERENCES OF THE LIBRARY");
  for (const auto& title : titles) CHECK_MESSAGE(told.count(title) == 1, "not in the page: ", title);
  for (const auto& title : told) CHECK_MESSAGE(titles.count(title) == 1, "not in the table: ", title);
}

}  // namespace
}  // namespace brood::test
