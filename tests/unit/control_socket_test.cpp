// SPDX-License-Identifier: MIT
// The two sides of the control channel, over a real socket. Nothing here blocks: what was sent over a local socket is
// there to be read.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/client.hpp"
#include "control/server.hpp"
#include "os/file.hpp"
#include "os/socket.hpp"
#include "support/failure.hpp"
#include "support/rendezvous.hpp"

using namespace brood;
using namespace brood::control;
using namespace brood::test;
using namespace std::chrono_literals;

namespace {

struct Meeting {
  explicit Meeting(const std::string& below = {}) {
    for (std::size_t slash = below.find('/'); slash != std::string::npos; slash = below.find('/', slash + 1))
      REQUIRE(::mkdir((temp / below.substr(0, slash)).c_str(), 0700) == 0);
    path = below.empty() ? temp.path() : temp / below;
    if (path.back() == '/') path.pop_back();
    dir = os::open_at(os::current_directory(), path, os::Open::directory);
    server.emplace(dir.get(), path, "control", 7, key);
  }
  std::optional<Client> connect(const std::string& name = "control") const {
    return Client::connect(dir.get(), path, name, 7, [this](const std::string&) { return key; });
  }
  os::Fd connect_raw() const { return std::move(*os::connect_at(dir.get(), path, "control")); }
  std::vector<std::pair<Server::Client, Request>> requests() {
    return server->take_requests(os::steady_now());
  }
  /// Both sides, until the client is through.
  void shake_hands(Client& client) {
    CHECK(requests().empty());
    CHECK(client.advance());
    CHECK(requests().empty());
    CHECK(client.advance());
  }
  std::optional<Client> admitted() {
    auto client = connect();
    REQUIRE(client.has_value());
    shake_hands(*client);
    CHECK(client->is_through());
    return client;
  }
  /// A connection of which only the bytes are known, admitted.
  os::Fd admitted_raw() {
    os::Fd socket = connect_raw();
    (void)requests();
    std::string bytes;
    (void)os::receive_some(socket.get(), bytes);
    const Hello hello = hello_from(*take_frame(bytes));
    const Handshake handshake{7, hello.version, 1, hello.nonce, new_nonce()};
    const std::string proof = proof_of(Side::client, handshake, key);
    os::send_all(socket.get(), frame_of(Proof{1, handshake.client_nonce, proof}));
    CHECK(requests().empty());
    (void)os::receive_some(socket.get(), bytes);
    CHECK(take_frame(bytes)->kind == Kind::welcome);
    return socket;
  }

  TempDir temp;
  std::string path;
  os::Fd dir;
  AuthKey key = *AuthKey::from(std::string(AuthKey::size, 'k'));
  std::optional<Server> server;
};

const Request stop{Kind::stop, Scope::tree, 5ms, 0, {}};

os::Deadline past() { return os::steady_now() - 1s; }

void exchange(Meeting& meeting) {
  auto client = meeting.admitted();
  client->send(stop);
  const auto requests = meeting.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].second.kind == Kind::stop);
  CHECK(requests[0].second.grace == 5ms);
  meeting.server->answer(requests[0].first, {Kind::accepted, {}, {}});
  meeting.server->answer(requests[0].first, {Kind::failed, system_error(EPERM), "signal process 7"});
  CHECK(client->answer()->kind == Kind::accepted);
  const auto last = client->answer();
  CHECK(last->kind == Kind::failed);
  CHECK(last->code == system_error(EPERM));
  CHECK(last->doing == "signal process 7");
}

}  // namespace

TEST_CASE("a request and its answers cross the socket") {
  Meeting meeting;
  exchange(meeting);
}

TEST_CASE("the directory's path may be longer than a socket's address") {
  const std::string part(100, 'x');
  Meeting meeting(part + "/" + part + "/" + part + "/");
  REQUIRE(meeting.path.size() > 300);
  exchange(meeting);
}

TEST_CASE("any length of path around the limit works") {
  const TempDir probe;
  for (std::size_t total = 95; total <= 115; ++total) {
    const std::size_t used = probe.path().size() + 1;
    Meeting meeting(std::string(total - used, 'x') + "/");
    REQUIRE(meeting.path.size() == total);
    exchange(meeting);
  }
}

TEST_CASE("the socket belongs to its owner alone") {
  const Meeting meeting;
  CHECK(os::status_at(meeting.dir.get(), "control")->mode == 0600);
}

TEST_CASE("where nobody listens there is no client") {
  Meeting meeting;
  CHECK_FALSE(meeting.connect("nothing").has_value());
  meeting.server->stop_listening();
  CHECK_FALSE(meeting.connect().has_value());
}

TEST_CASE("an answer that has not come by the deadline is none") {
  Meeting meeting;
  auto client = meeting.admitted();
  client->send(stop);
  CHECK_FALSE(client->answer(past()).has_value());
  const auto requests = meeting.requests();
  meeting.server->answer(requests.at(0).first, {Kind::done, {}, {}});
  CHECK(client->answer(past())->kind == Kind::done);
}

TEST_CASE("a client learns that the monitor has gone") {
  Meeting meeting;
  auto client = meeting.admitted();
  client->send(stop);
  (void)meeting.requests();
  meeting.server.reset();
  CHECK_FALSE(client->answer().has_value());
}

TEST_CASE("clients are told apart") {
  Meeting meeting;
  auto first = meeting.admitted();
  auto second = meeting.admitted();
  first->send(stop);
  second->send({Kind::rename, Scope::tree, {}, 0, "x"});
  const auto requests = meeting.requests();
  REQUIRE(requests.size() == 2);
  for (const auto& [client, request] : requests)
    meeting.server->answer(client, {request.kind == Kind::stop ? Kind::accepted : Kind::done, {}, {}});
  CHECK(first->answer()->kind == Kind::accepted);
  CHECK(second->answer()->kind == Kind::done);
}

TEST_CASE("a request may come in pieces") {
  Meeting meeting;
  const os::Fd socket = meeting.admitted_raw();
  const std::string frame = frame_of(stop);
  for (std::size_t i = 0; i + 1 < frame.size(); ++i) {
    os::send_all(socket.get(), frame.substr(i, 1));
    CHECK(meeting.requests().empty());
  }
  os::send_all(socket.get(), frame.substr(frame.size() - 1));
  CHECK(meeting.requests().size() == 1);
}

TEST_CASE("several requests may come at once") {
  Meeting meeting;
  const os::Fd socket = meeting.admitted_raw();
  os::send_all(socket.get(), frame_of(stop) + frame_of(stop) + frame_of(stop));
  CHECK(meeting.requests().size() == 3);
}

TEST_CASE("a request counts even if its sender has gone") {
  Meeting meeting;
  meeting.admitted()->send(stop);
  const auto requests = meeting.requests();
  REQUIRE(requests.size() == 1);
  CHECK_NOTHROW(meeting.server->answer(requests[0].first, {Kind::done, {}, {}}));
}

TEST_CASE("a client that speaks something else is dropped, others are served") {
  Meeting meeting;
  const os::Fd stranger = meeting.connect_raw();
  os::send_all(stranger.get(), "GET / HTTP/1.1\r\n\r\n");
  CHECK(meeting.requests().empty());
  std::string words = read_to_end(stranger.get());
  CHECK(take_frame(words)->kind == Kind::hello);
  CHECK(answer_from(*take_frame(words)).code == Errc::protocol_mismatch);
  exchange(meeting);
}

TEST_CASE("what has to be watched is the listener and each open connection") {
  Meeting meeting;
  std::vector<pollfd> fds;
  meeting.server->add_to(fds);
  CHECK(fds.size() == 1);
  auto client = meeting.admitted();
  client->send(stop);
  (void)meeting.requests();
  fds.clear();
  meeting.server->add_to(fds);
  CHECK(fds.size() == 2);
  client.reset();
  (void)meeting.requests();
  fds.clear();
  meeting.server->add_to(fds);
  CHECK(fds.size() == 1);
}

TEST_CASE("a client that never reads does not block the monitor") {
  Meeting meeting;
  const os::Fd silent = meeting.admitted_raw();
  os::send_all(silent.get(), frame_of(stop));
  const auto requests = meeting.requests();
  REQUIRE(requests.size() == 1);
  const Answer large{Kind::failed, Errc::bad_value, std::string(60'000, 'x')};
  for (int i = 0; i < 100; ++i) meeting.server->answer(requests[0].first, large);  // far beyond any buffer
  exchange(meeting);
}

TEST_CASE("many connections are served at once") {
  Meeting meeting;
  std::vector<Client> clients;
  for (int i = 0; i < 60; ++i) clients.push_back(std::move(*meeting.connect()));
  for (auto& client : clients) client.send(stop);
  for (int words = 0; words < 2; ++words) {
    CHECK(meeting.requests().empty());
    for (auto& client : clients) CHECK(client.advance());
  }
  std::size_t heard = 0;
  for (const auto& [client, request] : meeting.requests()) {
    meeting.server->answer(client, {Kind::done, {}, {}});
    ++heard;
  }
  CHECK(heard == 60);
  for (auto& client : clients) CHECK(client.answer()->kind == Kind::done);
}
