// SPDX-License-Identifier: MIT
// The functions that BROOD_TARGET has named. A list without locks: nobody who forks can leave one locked in a child.
#include <atomic>

#include "brood/error.hpp"
#include "brood/target.hpp"
#include "brood/text.hpp"

namespace brood::detail {
namespace {

struct Registered {
  std::string target;
  Function function;
  const Registered* next;
};

// Filled before main(), and by libraries that are loaded later; nothing is ever taken out.
std::atomic<const Registered*> first = nullptr;

// The one of those for which `is_it` holds. Errc::bad_value if they are several functions.
template <class Condition>
const Registered* find_only(Condition is_it) {
  const Registered* found = nullptr;
  for (const Registered* one = first; one; one = one->next) {
    if (!is_it(*one)) continue;
    if (found && found->function.key != one->function.key)
      throw Error(Errc::bad_value, "find the target '" + std::string(bare_name(one->target)) +
                                       "': two functions are registered by this name");
    found = one;
  }
  return found;
}

}  // namespace

bool add_target(const char* name, const char* file, Function function) {
  auto* one = new Registered{std::string(name) + "@" + file, std::move(function), first};
  while (!first.compare_exchange_weak(one->next, one)) {
  }
  return true;
}

std::string_view bare_name(std::string_view target) noexcept { return target.substr(0, target.find('@')); }

std::string target_name(void (*key)()) {
  if (!key) return {};
  for (const Registered* one = first; one; one = one->next)
    if (one->function.key == key)
      return find_only([&](const Registered& other) { return other.target == one->target; })->target;
  return {};
}

const Function& find_target(const std::string& target) {
  const Registered* found = find_only([&](const Registered& one) { return one.target == target; });
  const std::string name(bare_name(target));
  if (!found) found = find_only([&](const Registered& one) { return bare_name(one.target) == name; });
  if (found) return found->function;
  throw Error(Errc::not_transferable, "find the target '" + printable(name) + "'",
              "BROOD_TARGET(" + printable(name) + ") must be in every image of the program");
}

}  // namespace brood::detail
