// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "brood/error.hpp"

namespace brood {

/// Does `body`. An errno that it fails with tells what went wrong, not what for: then `doing` is said first. An Errc was
/// put into words where it was thrown.
template <class Body>
decltype(auto) during(const std::string& doing, Body&& body) {
  try {
    return body();
  } catch (const Error& problem) {
    if (problem.code().category() == error_category()) throw;
    throw problem.during(doing);
  }
}

}  // namespace brood
