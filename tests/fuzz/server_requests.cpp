// SPDX-License-Identifier: MIT
// What a fork server and a new monitor are told: the head, then an order with its descriptors, through a real socket.
// And what comes back. The first byte says which of these, and how many descriptors come along.
#include <cerrno>

#include "fuzz/fuzz.hpp"
#include "monitor/order.hpp"
#include "monitor/server_message.hpp"
#include "os/block.hpp"
#include "os/pipe.hpp"
#include "os/socket.hpp"

using namespace brood;
using namespace brood::fuzz;
using namespace brood::monitor;

namespace {

// More would not fit into a socket of which nobody reads yet.
constexpr std::size_t most_bytes = 32 * 1024;

void try_head(std::string_view bytes) {
  const auto head = parse_server_head(std::string(bytes));
  if (!head || head->version != server_version) return;
  require(server_head(head->kind) == bytes.substr(0, server_head_size), "a head comes back");
}

// An end of a socket whose other end has sent these bytes and was closed.
os::Fd sent(std::string_view bytes, std::size_t descriptors) {
  auto [ours, theirs] = os::socket_pair();
  std::vector<os::Fd> kept;
  std::vector<int> fds;
  for (std::size_t i = 0; i < descriptors; ++i) {
    kept.push_back(os::make_pipe().read);
    fds.push_back(kept.back().get());
  }
  if (!bytes.empty()) os::send_all(theirs.get(), bytes, fds);
  return std::move(ours);
}

template <class Read>
auto received(std::string_view bytes, std::size_t descriptors, Read read) {
  const os::Fd channel = sent(bytes, descriptors);
  decltype(read(channel.get())) result{};
  // Whoever sends may end in the middle.
  const std::error_code cut_off(ECONNRESET, std::system_category());
  (void)accepts([&] { result = read(channel.get()); }, {Errc::protocol_mismatch, cut_off});
  return result;
}

template <class Send>
std::string bytes_sent(Send send) {
  auto [ours, theirs] = os::socket_pair();
  send(theirs.get());
  theirs.reset();
  std::vector<os::Fd> fds;
  const auto block = os::receive_block(ours.get(), fds);
  require(block.has_value(), "what is sent is one block");
  return *block;
}

void try_order(std::string_view bytes, std::size_t descriptors) {
  const std::string block = os::block_of(bytes);
  const auto order = received(block, descriptors, receive_order);
  if (!order) return;
  require(!order->argv.empty() && order->state_dir, "an order names a program and a state directory");
  require(order->grace.count() >= 0 && order->grace <= longest_duration, "a grace is a length of time");
  require(!order->timeout || (order->timeout->count() >= 0 && *order->timeout <= longest_duration),
          "a limit is a length of time");
  const std::string first = bytes_sent([&](int socket) { send_order(socket, *order); });
  std::size_t sent_fds = 1 + order->passed.size();
  for (const os::Fd* fd : {&order->name_lock, &order->parent, &order->directory, &order->streams[0],
                           &order->streams[1], &order->streams[2]})
    if (*fd) ++sent_fds;
  const auto again = received(os::block_of(first), sent_fds, receive_order);
  require(again.has_value(), "an order that is sent on arrives");
  require(bytes_sent([&](int socket) { send_order(socket, *again); }) == first, "it arrives as the same");
}

void try_outcome(std::string_view bytes) {
  const auto outcome = received(os::block_of(bytes), 0, receive_outcome);
  if (outcome.failure)
    require(outcome.failure->exit_status() >= 125 && outcome.failure->exit_status() <= 127,
            "a failure's exit status is one of brood's");
}

// Blocks in pieces, as the guard and a pool see them.
void try_blocks(std::string_view bytes, std::size_t piece) {
  std::string waiting;
  while (!bytes.empty()) {
    waiting += bytes.substr(0, piece + 1);
    bytes.remove_prefix(std::min(piece + 1, bytes.size()));
    bool is_complete = true;
    while (is_complete) {
      const std::string before = waiting;
      if (!accepts(
              [&] {
                const auto block = os::take_block(waiting);
                is_complete = block.has_value();
                if (block) require(os::block_of(*block) + waiting == before, "a block is cut out exactly");
              },
              {Errc::protocol_mismatch}))
        return;
    }
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes = text_of(data, std::min(size, most_bytes));
  const unsigned how = take_byte(bytes);
  const std::size_t descriptors = how % 16;
  switch (how / 16 % 8) {
    case 0: try_order(bytes, descriptors + 1); break;
    case 1: try_outcome(bytes); break;
    case 2: try_head(bytes); break;
    case 3: try_blocks(bytes, descriptors); break;
    case 4: (void)received(bytes, descriptors, receive_order); break;
    case 5: (void)received(bytes, descriptors, receive_server_order); break;
    case 6:
      (void)received(bytes, descriptors,
                     [](int socket) { return receive_server_info(socket, os::Deadline{}); });
      break;
    default: (void)received(bytes, 0, receive_outcome); break;
  }
  return 0;
}
