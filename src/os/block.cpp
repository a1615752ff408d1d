// SPDX-License-Identifier: MIT
#include "os/block.hpp"

#include "base/wire.hpp"
#include "os/socket.hpp"

namespace brood::os {
namespace {

constexpr std::size_t length_size = 8;

}  // namespace

void send_block(int channel, const std::string& bytes, std::span<const int> fds) {
  WireWriter block;
  block.put(std::string_view(bytes));
  send_all(channel, block.bytes(), fds);
}

std::optional<std::string> receive_block(int channel, std::vector<Fd>& fds, std::size_t most) {
  std::string length;
  if (!receive_exactly(channel, length_size, length, fds)) return std::nullopt;
  const auto size = static_cast<std::size_t>(WireReader(length).integer());
  std::string bytes;
  if (size > most || (size > 0 && !receive_exactly(channel, size, bytes, fds))) return std::nullopt;
  return bytes;
}

}  // namespace brood::os
