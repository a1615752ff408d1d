// SPDX-License-Identifier: MIT
// Bytes with their length before them, and descriptors along: what brood's own processes hand to each other.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "os/fd.hpp"

namespace brood::os {

void send_block(int channel, const std::string& bytes, std::span<const int> fds = {});

/// Empty if the channel was closed without one, or if it says that it is longer than `most`. Descriptors that came are
/// added to `fds`.
std::optional<std::string> receive_block(int channel, std::vector<Fd>& fds,
                                         std::size_t most = std::string::npos);

/// For those who must not wait: what send_block() would send, and a block from the front of what has come so far.
/// Errc::protocol_mismatch for what cannot be one.
std::string block_of(std::string_view bytes);
std::optional<std::string> take_block(std::string& received);

}  // namespace brood::os
