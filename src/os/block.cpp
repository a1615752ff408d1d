// SPDX-License-Identifier: MIT
#include "os/block.hpp"

#include "base/wire.hpp"
#include "brood/error.hpp"
#include "os/socket.hpp"

namespace brood::os {
namespace {

constexpr std::size_t length_size = 8;
// Text that was taken for a length is longer than this.
constexpr std::size_t most_sane = std::size_t{1} << 40;

}  // namespace

void send_block(int channel, const std::string& bytes, std::span<const int> fds) {
  send_all(channel, block_of(bytes), fds);
}

std::optional<std::string> receive_block(int channel, std::vector<Fd>& fds, std::size_t most) {
  std::string length;
  if (!receive_exactly(channel, length_size, length, fds)) return std::nullopt;
  const auto size = static_cast<std::size_t>(WireReader(length).integer());
  std::string bytes;
  if (size > most || (size > 0 && !receive_exactly(channel, size, bytes, fds))) return std::nullopt;
  return bytes;
}

std::string block_of(std::string_view bytes) {
  WireWriter block;
  block.put(bytes);
  return block.bytes();
}

std::optional<std::string> take_block(std::string& received) {
  if (received.size() < length_size) return std::nullopt;
  const auto size = static_cast<std::size_t>(WireReader(received).integer());
  if (size > most_sane) throw Error(Errc::protocol_mismatch, "take a block");
  if (received.size() - length_size < size) return std::nullopt;
  std::string bytes = received.substr(length_size, size);
  received.erase(0, length_size + size);
  return bytes;
}

}  // namespace brood::os
