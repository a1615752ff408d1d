// SPDX-License-Identifier: MIT
// Fresh images of this program: how they are executed, and what init() makes of it there.
#pragma once

#include <string>
#include <vector>

#include "process/start.hpp"

namespace brood::process {

// The only argument of such an image, followed by the number of a descriptor; what no user would type by accident.
inline const std::string child_option = "--brood-child=";
inline const std::string server_option = "--brood-server=";

/// `option` speaks of the first of `fds`, which all stay open.
Born execute_image(const Order& order, const std::string& option, const std::vector<int>& fds);

/// Spends the life of this process here if it was executed so; else takes note that init() was called.
void become_what_we_are(int argc, char** argv);

}  // namespace brood::process
