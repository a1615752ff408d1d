// SPDX-License-Identifier: MIT
#include "os/pipe.hpp"
#include "os/process.hpp"
#include "process/image.hpp"
#include "process/self.hpp"
#include "process/start.hpp"

namespace brood::process {

Born start_image(const Order& order) {
  const os::Fd boot = os::above_streams(os::memory_file(to_bytes(order.birth)));
  return execute_image(order, child_option, {boot.get(), order.birth.parent_pidfd});
}

Born execute_image(const Order& order, const std::string& option, const std::vector<int>& fds) {
  const std::string path = executable();
  Execution execution;
  if (path.empty())
    execution.programs = os::own_image_paths();
  else
    execution.programs = {path.c_str()};
  execution.keep_fds = fds;
  // What the terminal sends to all of us is to find the server either not there, or deaf to it.
  execution.block_signals = option == server_option;
  return execute(order, {program().name, option + std::to_string(fds.front())}, execution);
}

}  // namespace brood::process
