// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "os/fd.hpp"

namespace brood::os {

struct PipeEnds {
  Fd read;
  Fd write;
};
PipeEnds make_pipe();

/// A file without a name that holds `bytes`, positioned at its start.
Fd memory_file(std::string_view bytes);

}  // namespace brood::os
