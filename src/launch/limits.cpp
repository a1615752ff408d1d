// SPDX-License-Identifier: MIT
#include "launch/limits.hpp"

#include "brood/error.hpp"
#include "brood/text.hpp"
#include "os/limit_names.hpp"

namespace brood::launch {

std::vector<ResourceLimit> resource_limits(const std::vector<Limit>& limits) {
  std::vector<ResourceLimit> resources;
  for (const Limit& limit : limits) {
    const auto number = os::limit_number(limit.name);
    if (!number) throw Error(Errc::bad_value, "limit '" + printable(limit.name) + "': no such limit");
    resources.push_back({*number, limit.soft, limit.hard});
  }
  return resources;
}

}  // namespace brood::launch
