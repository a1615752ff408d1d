// SPDX-License-Identifier: MIT
// What holds for the whole state directory: its file `config.json`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "brood/start_method.hpp"
#include "store/state_dir.hpp"

namespace brood::store {

inline constexpr int config_version = 1;

struct Config {
  std::optional<StartMethod> start_method;  ///< empty: fork
};

/// What the text of the file says, and the text with another method in it; see below.
Config parse_config(std::string_view text);
std::string config_with(std::string_view text, StartMethod method);

/// Without the file all is at its default. Throws Errc::config_damaged or config_too_new.
Config load_config(const StateDir& state);

/// Readers see the file as it was or as it is then, never between. What it holds besides stays, also what only later
/// versions know; a damaged one is replaced, one of a later format version is left alone: Errc::config_too_new.
void save_start_method(const StateDir& state, StartMethod method);

}  // namespace brood::store
