// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace brood::os {

struct TraitLimit {
  int number = 0;
  unsigned long long soft = 0;
  unsigned long long hard = 0;
};

/// What a process has from its parent without being asked, and what a process that is not its child has to be told.
struct Traits {
  unsigned umask = 0;
  int nice = 0;
  std::vector<TraitLimit> limits;
  std::string namespaces;  // which ones it lives in; empty without /proc
};

Traits own_traits();
int own_nice() noexcept;

/// Makes this process have them; what is so already is left alone. Throws where it may not be done: without privileges
/// neither a nice value nor the hard bound of a limit goes back, and into other namespaces nobody goes by this.
void put_on(const Traits& traits);

/// As little nice as allowed, and as many descriptors: for a process that serves others than its parent.
void make_neutral();

}  // namespace brood::os
