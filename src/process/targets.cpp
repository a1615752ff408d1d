// SPDX-License-Identifier: MIT
// The functions that BROOD_TARGET has named. A list without locks: nobody who forks can leave one locked in a child.
#include <atomic>

#include "brood/error.hpp"
#include "brood/target.hpp"

namespace brood::detail {
namespace {

struct Registered {
  std::string name;
  Function function;
  const Registered* next;
};

// Filled before main(), and by libraries that are loaded later; nothing is ever taken out.
std::atomic<const Registered*> first = nullptr;

// The one of this name. Errc::bad_value if there are two.
const Registered* find_by_name(std::string_view name) {
  const Registered* found = nullptr;
  for (const Registered* one = first; one; one = one->next) {
    if (one->name != name) continue;
    if (found && found->function.key != one->function.key)
      throw Error(Errc::bad_value,
                  "find the target '" + one->name + "': two functions are registered by this name");
    found = one;
  }
  return found;
}

}  // namespace

bool add_target(const char* name, Function function) {
  auto* one = new Registered{name, std::move(function), first};
  while (!first.compare_exchange_weak(one->next, one)) {
  }
  return true;
}

std::string target_name(void (*key)()) {
  if (!key) return {};
  for (const Registered* one = first; one; one = one->next)
    if (one->function.key == key) return find_by_name(one->name)->name;
  return {};
}

const Function& find_target(const std::string& name) {
  if (const Registered* found = find_by_name(name)) return found->function;
  throw Error(Errc::not_transferable, "find the target '" + name + "'",
              "BROOD_TARGET(" + name + ") must be in every image of the program");
}

}  // namespace brood::detail
