// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "brood/registry.hpp"

namespace brood::cli {

/// The options that every command knows.
struct Globals {
  std::string state_dir;
  bool json = false;
  bool quiet = false;
  int verbose = 0;
  std::string color = "auto";

  Registry open() const { return Registry(state_dir); }
};

}  // namespace brood::cli
