// SPDX-License-Identifier: MIT
#include "jobs/own_children.hpp"

#include <vector>

#include "os/process.hpp"

namespace brood::jobs {
namespace {

std::vector<pid_t>& remembered() {
  static std::vector<pid_t> pids;
  return pids;
}

}  // namespace

void remember_child(pid_t pid) { remembered().push_back(pid); }

void reap_remembered() {
  std::erase_if(remembered(), [](pid_t pid) { return os::reap(pid); });
}

}  // namespace brood::jobs
