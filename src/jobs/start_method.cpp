// SPDX-License-Identifier: MIT
#include "brood/start_method.hpp"
#include "base/during.hpp"

#include <cstdlib>

#include "brood/text.hpp"
#include "jobs/launch_order.hpp"
#include "jobs/registry_impl.hpp"
#include "store/config.hpp"

namespace brood {

StartMethod jobs::default_method(const store::StateDir* state) {
  if (const char* word = std::getenv("BROOD_START_METHOD"); word && *word) {
    if (const auto method = parse_start_method(word)) return *method;
    throw Error(Errc::bad_value, "BROOD_START_METHOD: '" + fit(printable(word), 60) +
                                     "' is not a start method: fork, spawn or forkserver");
  }
  // Without a state directory there is no configuration either.
  if (!state) return StartMethod::fork;
  return store::load_config(*state).start_method.value_or(StartMethod::fork);
}

StartMethod Registry::start_method() { return jobs::default_method(impl().find()); }

void Registry::set_start_method(StartMethod method) {
  const store::StateDir& state = impl().make();
  during("set the start method", [&] { store::save_start_method(state, method); });
}

}  // namespace brood
