// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "monitor/server_message.hpp"
#include "os/file.hpp"
#include "os/socket.hpp"
#include "support/failure.hpp"
#include "support/rendezvous.hpp"

using namespace brood;
using namespace brood::monitor;
using namespace brood::test;
using namespace std::chrono_literals;

namespace {

os::Fd open_one(const char* path) { return os::open_at(os::current_directory(), path, os::Open::read); }

std::uint64_t inode_of(const os::Fd& fd) { return os::status_of(fd.get()).inode; }

ForkServerInfo sent_and_received(const ForkServerInfo& info) {
  const auto [mine, theirs] = os::socket_pair();
  send_server_info(mine.get(), info);
  return receive_server_info(theirs.get(), os::steady_now() + watchdog);
}

ServerOrder full_order() {
  ServerOrder order;
  order.state_path = "/state/caf\xe9 with\nanything";
  order.idle = 1234ms;
  order.state_dir = open_one("/");
  order.lock = open_one("/dev/zero");
  order.listener = open_one("/dev/full");
  return order;
}

}  // namespace

TEST_CASE("a head is eight bytes that mean the same in every version") {
  CHECK(server_head(ServerKind::launch) == std::string("brd\0\1\0\1\0", 8));
  CHECK(server_head(ServerKind::status) == std::string("brd\0\1\0\2\0", 8));
  CHECK(server_head(ServerKind::stop) == std::string("brd\0\1\0\3\0", 8));
  CHECK(server_head(ServerKind::force_stop) == std::string("brd\0\1\0\4\0", 8));
  CHECK(server_head(ServerKind::ready) == std::string("brd\0\1\0\x64\0", 8));
  CHECK(server_head(ServerKind::report) == std::string("brd\0\1\0\x65\0", 8));
  CHECK(server_head(ServerKind::leaving) == std::string("brd\0\1\0\x66\0", 8));
  CHECK(server_head(ServerKind::busy) == std::string("brd\0\1\0\x67\0", 8));
  CHECK(server_head(ServerKind::other_version) == std::string("brd\0\1\0\x68\0", 8));
  CHECK(server_head(ServerKind::launch).size() == server_head_size);
}

TEST_CASE("a head is read with its version and kind, also those that are not known") {
  const auto known = parse_server_head(server_head(ServerKind::busy));
  REQUIRE(known.has_value());
  CHECK(known->version == server_version);
  CHECK(known->kind == ServerKind::busy);
  const auto other = parse_server_head(std::string("brd\0\xff\xfe\xfd\xfc", 8));
  REQUIRE(other.has_value());
  CHECK(other->version == 0xfeff);
  CHECK(static_cast<std::uint16_t>(other->kind) == 0xfcfd);
}

TEST_CASE("what does not begin like brood is no head, nor is what is too short") {
  const std::string head = server_head(ServerKind::launch);
  for (std::size_t size = 0; size < head.size(); ++size) CHECK_FALSE(parse_server_head(head.substr(0, size)));
  for (std::size_t at = 0; at < 4; ++at) {
    std::string changed = head;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    CHECK_FALSE(parse_server_head(changed));
  }
  CHECK_FALSE(parse_server_head("GET / HT"));
}

TEST_CASE("every field of a server's information arrives") {
  ForkServerInfo info{true, 4711, 12, 3, WallTime(1'772'366'400'123ms), 90'000ms};
  const ForkServerInfo received = sent_and_received(info);
  CHECK(received.running);
  CHECK(received.pid == 4711);
  CHECK(received.jobs == 12);
  CHECK(received.adopted == 3);
  CHECK(received.started_at == info.started_at);
  CHECK(received.idle == 90'000ms);
  info.idle = 0ms;
  CHECK(sent_and_received(info).idle == 0ms);
  info.idle.reset();
  CHECK_FALSE(sent_and_received(info).idle.has_value());
}

TEST_CASE("information that does not come, or not in time, is an error") {
  const auto refused = [](os::Fd mine, const os::Fd& theirs, const os::Deadline& deadline) {
    mine.reset();
    return failure_of([&] { return receive_server_info(theirs.get(), deadline); }).code();
  };
  auto closed = os::socket_pair();
  CHECK(refused(std::move(closed.first), closed.second, {}) == Errc::protocol_mismatch);
  const auto silent = os::socket_pair();
  CHECK(failure_of([&] { return receive_server_info(silent.second.get(), os::steady_now()); }).code() ==
        Errc::protocol_mismatch);
  auto half = os::socket_pair();
  os::send_all(half.first.get(), std::string(20, '\1'));
  CHECK(refused(std::move(half.first), half.second, {}) == system_error(ECONNRESET));
}

TEST_CASE("every field of a server's order arrives, and each descriptor in its place") {
  const ServerOrder sent = full_order();
  const auto [mine, theirs] = os::socket_pair();
  send_server_order(mine.get(), sent);
  const auto order = receive_server_order(theirs.get());
  REQUIRE(order.has_value());
  CHECK(order->state_path == sent.state_path);
  CHECK(order->idle == 1234ms);
  CHECK(inode_of(order->state_dir) == inode_of(sent.state_dir));
  CHECK(inode_of(order->lock) == inode_of(sent.lock));
  CHECK(inode_of(order->listener) == inode_of(sent.listener));
}

TEST_CASE("a server may be told to stay, or to leave at once") {
  for (const std::optional<std::chrono::milliseconds> idle :
       {std::optional<std::chrono::milliseconds>(), std::optional<std::chrono::milliseconds>(0ms)}) {
    ServerOrder sent = full_order();
    sent.idle = idle;
    const auto [mine, theirs] = os::socket_pair();
    send_server_order(mine.get(), sent);
    CHECK(receive_server_order(theirs.get())->idle == idle);
  }
}

TEST_CASE("without an order there is none") {
  auto [mine, theirs] = os::socket_pair();
  mine.reset();
  CHECK_FALSE(receive_server_order(theirs.get()).has_value());
}

TEST_CASE("an order without its descriptors, or of a monstrous size, is none") {
  auto [mine, theirs] = os::socket_pair();
  SUBCASE("without descriptors") {
    os::send_all(mine.get(), std::string("\x11\0\0\0\0\0\0\0", 8) + std::string(17, '\0'));
  }
  SUBCASE("monstrous") { os::send_all(mine.get(), std::string(8, '\x7f')); }
  SUBCASE("negative") { os::send_all(mine.get(), std::string(8, '\xff')); }
  mine.reset();
  CHECK_FALSE(receive_server_order(theirs.get()).has_value());
}
