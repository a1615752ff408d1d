// SPDX-License-Identifier: MIT
// What a child is told about itself before its target begins. Under `fork` it is simply there; to a fresh image it goes
// as bytes, through a private descriptor.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "brood/process_key.hpp"
#include "brood/start_method.hpp"
#include "brood/target.hpp"
#include "os/traits.hpp"

namespace brood::process {

struct Birth {
  std::string name;
  std::vector<int> identity;
  bool daemon = false;
  bool allow_children = false;
  std::optional<StartMethod> method;  // its default
  std::optional<ProcessKey> key;
  pid_t parent = 0;
  std::string parent_name;
  int parent_pidfd = -1;

  bool new_session = false;
  int death_signal = 0;
  bool inherit_signals = false;

  // For a fresh image, which does not have it from the program:
  std::string target;  // a registered name; empty: none
  Arguments arguments;
};

/// What the fork server's child does not have from its parent, either.
struct Upbringing {
  std::vector<std::string> environment;
  os::Traits traits;
  pid_t group = 0;
  std::string image;          // argv[0]
  bool has_stream[3] = {};    // which descriptors of 0, 1 and 2 come along
  std::vector<int> pass_fds;  // under which numbers others come along
};

std::string to_bytes(const Birth& birth);
/// These two throw Errc::protocol_mismatch for bytes that are something else.
Birth birth_from(std::string_view bytes);

std::string to_bytes(const Birth& birth, const Upbringing& upbringing);
std::pair<Birth, Upbringing> birth_and_upbringing_from(std::string_view bytes);

}  // namespace brood::process
