// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <unistd.h>

#include "monitor/order.hpp"
#include "monitor/tree.hpp"
#include "os/file.hpp"
#include "os/socket.hpp"
#include "support/child.hpp"
#include "support/failure.hpp"
#include "support/rendezvous.hpp"

using namespace brood;
using namespace brood::monitor;
using namespace brood::test;

namespace {

os::Fd open_one(const char* path) { return os::open_at(os::current_directory(), path, os::Open::read); }

std::uint64_t inode_of(const os::Fd& fd) { return os::status_of(fd.get()).inode; }

Order full_order() {
  Order order;
  order.state_path = "/state/caf\xe9";
  order.created_id = 12;
  order.again = true;
  order.parent_job = 11;
  order.parent_identity = "Process-11:2";
  order.kept_environment = std::string("A=1\0B=\xff\0", 8);
  order.name = "n\u00e4me";
  order.record_tail = std::string("tail\0with\nanything", 18);
  order.created_at = WallTime(std::chrono::milliseconds(1'772'366'400'123));
  order.argv = {"prog", "", "caf\xe9"};
  order.env = {"A=1", "B", "A=2"};
  order.cwd = "/cwd";
  order.stdout_log = "stdout.log";
  order.stderr_log = "stderr.log";
  order.keep_fds = {3, 9};
  order.inherit_fds = true;
  order.reset_signals = false;
  order.umask = 0;
  order.nice = -5;
  order.limits = {{7, 64, ~0ULL}, {4, 0, 0}};
  order.joins_streams = false;
  order.traits = os::Traits{0777, 19, {{0, 1, ~0ULL}, {15, 0, 0}}, "pid:1 "};
  order.later_cwd = "/later/caf\xe9";
  order.later_files = {"/in", "", "/err\nor"};
  order.timeout = std::chrono::milliseconds(0);
  order.stop_signal = 2;
  order.grace = std::chrono::milliseconds(1234);
  order.orphans = OrphanPolicy::terminate;
  order.authkey = *AuthKey::from(std::string("a key\0of 32 bytes, as they all are", AuthKey::size));
  order.has_own_key = true;
  order.state_dir = open_one("/");
  return order;
}

Order sent_and_received(const Order& order) {
  const auto [mine, theirs] = os::socket_pair();
  send_order(mine.get(), order);
  auto received = receive_order(theirs.get());
  REQUIRE(received.has_value());
  return std::move(*received);
}

Outcome received_from(const Outcome& outcome) {
  const auto [mine, theirs] = os::socket_pair();
  send_outcome(mine.get(), outcome);
  return receive_outcome(theirs.get());
}

}  // namespace

TEST_CASE("every field of an order reaches the monitor") {
  const Order sent = full_order();
  const Order order = sent_and_received(sent);
  CHECK(order.state_path == sent.state_path);
  CHECK(order.created_id == 12);
  CHECK(order.again);
  CHECK(order.parent_job == 11);
  CHECK(order.parent_identity == "Process-11:2");
  CHECK(order.kept_environment == sent.kept_environment);
  CHECK(order.name == sent.name);
  CHECK(order.record_tail == sent.record_tail);
  CHECK(order.created_at == sent.created_at);
  CHECK(order.argv == sent.argv);
  CHECK(order.env == sent.env);
  CHECK(order.cwd == sent.cwd);
  CHECK(order.stdout_log == sent.stdout_log);
  CHECK(order.stderr_log == sent.stderr_log);
  CHECK(order.keep_fds == sent.keep_fds);
  CHECK(order.inherit_fds);
  CHECK_FALSE(order.reset_signals);
  CHECK(order.umask == 0u);
  CHECK(order.nice == -5);
  REQUIRE(order.limits.size() == 2);
  CHECK(order.limits[0].resource == 7);
  CHECK(order.limits[0].soft == 64);
  CHECK(order.limits[0].hard == ~0ULL);
  CHECK_FALSE(order.joins_streams);
  REQUIRE(order.traits.has_value());
  CHECK(order.traits->umask == 0777);
  CHECK(order.traits->nice == 19);
  CHECK(order.traits->namespaces == "pid:1 ");
  REQUIRE(order.traits->limits.size() == 2);
  CHECK(order.traits->limits[0].number == 0);
  CHECK(order.traits->limits[0].soft == 1);
  CHECK(order.traits->limits[0].hard == ~0ULL);
  CHECK(order.traits->limits[1].number == 15);
  CHECK(order.traits->limits[1].hard == 0);
  CHECK(order.later_cwd == sent.later_cwd);
  CHECK(order.later_files == sent.later_files);
  CHECK(order.timeout == std::chrono::milliseconds(0));
  CHECK(order.stop_signal == 2);
  CHECK(order.grace == std::chrono::milliseconds(1234));
  CHECK(order.orphans == OrphanPolicy::terminate);
  CHECK(order.authkey.bytes() == sent.authkey.bytes());
  CHECK(order.has_own_key);
}

TEST_CASE("what an order leaves open stays open") {
  Order order = full_order();
  order.umask.reset();
  order.timeout.reset();
  order.limits.clear();
  order.traits.reset();
  order.later_files = {};
  const Order received = sent_and_received(order);
  CHECK_FALSE(received.umask.has_value());
  CHECK_FALSE(received.timeout.has_value());
  CHECK(received.limits.empty());
  CHECK_FALSE(received.traits.has_value());
  for (const auto& file : received.later_files) CHECK(file.empty());
  for (const os::Fd* fd : {&received.name_lock, &received.parent, &received.directory}) CHECK_FALSE(*fd);
  CHECK(received.passed.empty());
  for (const auto& stream : received.streams) CHECK_FALSE(stream);
}

TEST_CASE("each descriptor of an order arrives in its place, whichever are missing") {
  const auto agree = [](const os::Fd& received, const os::Fd& sent) {
    REQUIRE(static_cast<bool>(received) == static_cast<bool>(sent));
    if (received) CHECK(inode_of(received) == inode_of(sent));
  };
  for (unsigned which = 0; which < 256; ++which) {
    Order order = full_order();
    if (which & 1) order.name_lock = open_one("/dev/null");
    if (which & 2) order.streams[0] = open_one("/dev/zero");
    if (which & 4) order.streams[1] = open_one("/dev/full");
    if (which & 8) order.streams[2] = open_one("/dev/urandom");
    if (which & 16) order.parent = open_one("/dev/random");
    if (which & 32) order.directory = open_one("/dev");
    if (which & 64) order.passed.push_back(open_one("/proc/self/status"));
    if (which & 128) order.passed.push_back(open_one("/proc/self/stat"));
    const Order received = sent_and_received(order);
    agree(received.state_dir, order.state_dir);
    agree(received.name_lock, order.name_lock);
    agree(received.parent, order.parent);
    agree(received.directory, order.directory);
    for (std::size_t i = 0; i < 3; ++i) agree(received.streams[i], order.streams[i]);
    REQUIRE(received.passed.size() == order.passed.size());
    for (std::size_t i = 0; i < order.passed.size(); ++i) agree(received.passed[i], order.passed[i]);
  }
}

TEST_CASE("an order may be larger than the channel holds at once") {
  Order order = full_order();
  order.env.assign(20, std::string(100'000, 'x'));
  const auto ends = os::socket_pair();
  Child sender([&, &socket = ends.first](int) {
    send_order(socket.get(), order);
    return 0;
  });
  const auto received = receive_order(ends.second.get());
  REQUIRE(received.has_value());
  CHECK(received->env == order.env);
  CHECK(sender.wait() == ExitStatus::exited(0));
}

TEST_CASE("a channel that closes without an order has none") {
  auto [mine, theirs] = os::socket_pair();
  mine.reset();
  CHECK_FALSE(receive_order(theirs.get()).has_value());
}

TEST_CASE("bytes that are no order are refused") {
  for (const std::size_t length : {8u, 100u}) {
    const auto ends = os::socket_pair();
    std::string bytes(8, '\0');
    bytes[0] = static_cast<char>(length);
    os::send_all(ends.first.get(), bytes + std::string(length, '\x7f'));
    CHECK(failure_of([&] { receive_order(ends.second.get()); }).code() == Errc::protocol_mismatch);
  }
}

TEST_CASE("a good outcome is a job's id") {
  const Outcome outcome = received_from({4711, {}});
  CHECK(outcome.id == 4711);
  CHECK_FALSE(outcome.failure.has_value());
}

TEST_CASE("a failed outcome arrives with code, words, hint and exit status") {
  const Error sent = Error(system_error(ENOENT), "execute 'x'", "install it").with_exit_status(127);
  const Outcome outcome = received_from({0, sent});
  REQUIRE(outcome.failure.has_value());
  CHECK(outcome.failure->code() == system_error(ENOENT));
  CHECK(outcome.failure->doing() == "execute 'x'");
  CHECK(outcome.failure->hint() == "install it");
  CHECK(outcome.failure->exit_status() == 127);
  CHECK(received_from({0, Error(Errc::already_started, "start job 3")}).failure->code() ==
        Errc::already_started);
}

TEST_CASE("a monitor that ends without a word, or in the middle of one, is a failure") {
  for (const std::string& last_words :
       {std::string(), std::string("x"), std::string("\x20\0\0\0\0\0\0\0abc", 11)}) {
    auto [mine, theirs] = os::socket_pair();
    if (!last_words.empty()) os::send_all(mine.get(), last_words);
    mine.reset();
    const Outcome outcome = receive_outcome(theirs.get());
    REQUIRE(outcome.failure.has_value());
    CHECK(outcome.failure->code() == Errc::monitor_gone);
  }
}

namespace {

using Pids = std::vector<pid_t>;

Pids due(StopRound& round, const std::vector<Member>& members) {
  Pids pids;
  for (const Member& member : round.due(members, 1000)) pids.push_back(member.pid);
  return pids;
}

}  // namespace

TEST_CASE("the first sweep of a stop reaches everybody") {
  StopRound round;
  CHECK(due(round, {{10, 1000, 1}, {11, 10, 2}, {12, 11, 3}}) == Pids{10, 11, 12});
}

TEST_CASE("nobody is reached twice") {
  StopRound round;
  (void)due(round, {{10, 1000, 1}, {11, 10, 2}});
  CHECK(due(round, {{10, 1000, 1}, {11, 10, 2}}).empty());
  CHECK(due(round, {{11, 1000, 2}}).empty());
}

TEST_CASE("a process that appears later is reached once its parent has left it to the keeper") {
  StopRound round;
  (void)due(round, {{10, 1000, 1}});
  CHECK(due(round, {{10, 1000, 1}, {12, 10, 5}}).empty());
  CHECK(due(round, {{12, 1000, 5}}) == Pids{12});
}

TEST_CASE("another process with the same pid is another process") {
  StopRound round;
  (void)due(round, {{10, 1000, 1}});
  CHECK(due(round, {{10, 1000, 2}}) == Pids{10});
}

TEST_CASE("who was reached outside a sweep is not reached by one") {
  StopRound round;
  CHECK(round.reach(10, 1));
  CHECK_FALSE(round.reach(10, 1));
  CHECK(due(round, {{10, 1000, 1}, {11, 10, 2}}) == Pids{11});
}

TEST_CASE("a round that was cleared begins anew") {
  StopRound round;
  (void)due(round, {{10, 1000, 1}});
  round.clear();
  CHECK(due(round, {{10, 1000, 1}, {11, 10, 2}}) == Pids{10, 11});
}
