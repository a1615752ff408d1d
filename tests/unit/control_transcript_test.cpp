// SPDX-License-Identifier: MIT
// Versions of brood that know nothing of each other: a recorded conversation is played against either side of today, and
// either side meets one that says more than is known today.
#include <doctest/doctest.h>

#include <map>
#include <sstream>

#include "control/client.hpp"
#include "control/server.hpp"
#include "os/file.hpp"
#include "os/socket.hpp"
#include "store/hex.hpp"
#include "support/failure.hpp"
#include "support/rendezvous.hpp"

using namespace brood;
using namespace brood::control;
using namespace brood::test;
using namespace std::chrono_literals;

namespace {

const AuthKey key = *AuthKey::from(std::string(AuthKey::size, 'k'));
constexpr JobId job = 7;

/// What was said, by its name in the file.
const std::map<std::string, std::string>& recorded() {
  static const auto said = [] {
    std::map<std::string, std::string> all;
    std::istringstream lines(contents_of(std::string(BROOD_TEST_DATA) + "/control-v1.txt"));
    std::string line, who, what, digits;
    while (std::getline(lines, line))
      if (std::istringstream words(line); line[0] != '#' && words >> who >> what >> digits)
        all[what] = store::from_hex(digits);
    return all;
  }();
  return said;
}
std::string said(const char* what) { return recorded().at(what); }

/// The same frame with `more` at its end.
std::string longer(std::string frame, const std::string& more) {
  frame += more;
  const std::size_t length = frame.size() - 4;
  for (std::size_t i = 0; i < 4; ++i) frame[i] = static_cast<char>(length >> (8 * i));
  return frame;
}

/// `frame` with its last 32 bytes replaced.
std::string proving(std::string frame, const std::string& proof) {
  return frame.replace(frame.size() - proof_size, proof_size, proof);
}

const std::map<std::string, Request> requests{
    {"stop", {Kind::stop, Scope::tree, {}, 0, {}}},
    {"stop-target-within-5ms", {Kind::stop, Scope::target_only, 5ms, 0, {}}},
    {"kill", {Kind::kill, Scope::tree, {}, 0, {}}},
    {"signal-target-10", {Kind::signal, Scope::target_only, {}, 10, {}}},
    {"rename", {Kind::rename, Scope::tree, {}, 0, "n\u00e9w"}},
    {"status", {Kind::status, Scope::tree, {}, 0, {}}},
    {"restart", {Kind::restart, Scope::tree, {}, 0, {}}},
    {"restart-within-250ms", {Kind::restart, Scope::tree, 250ms, 0, {}}},
};

const std::map<std::string, Answer> answers{
    {"accepted", {Kind::accepted, {}, {}}},
    {"done", {Kind::done, {}, {}}},
    {"failed-EPERM", {Kind::failed, system_error(EPERM), "signal process 7"}},
    {"failed-bad_name", {Kind::failed, Errc::bad_name, "rename job 7"}},
    {"failed-127", {Kind::failed, system_error(ENOENT), "execute 'x'", {}, 127}},
    {"report", {Kind::report, {}, {}, R"({"version":1,"id":7,"name":"web","state":"running"})"}},
};

struct Place {
  TempDir temp;
  os::Fd dir = os::open_at(os::current_directory(), temp.path(), os::Open::directory);
};

/// A monitor of another time, of which only the bytes are known, and a client of today.
struct OtherMonitor : Place {
  os::Fd listener = os::listen_at(dir.get(), temp.path(), "control");
  std::optional<Client> client =
      Client::connect(dir.get(), temp.path(), "control", job, [](const std::string&) { return key; });
  os::Fd socket = std::move(*os::accept_one(listener.get()));

  std::string heard() const {
    std::string bytes;
    (void)os::receive_some(socket.get(), bytes, 1 << 20);
    return bytes;
  }
  /// Lets the client in with these words, if it proves to be one. `announced` is what the hello says.
  void let_in(const std::string& hello, const std::string& welcome, std::uint16_t announced) {
    os::send_all(socket.get(), hello);
    CHECK(client->advance());
    std::string proof = heard();
    REQUIRE(proof.size() == said("proof").size());
    const std::size_t nonce_at = 8 + 8 + 8, after = nonce_at + nonce_size;
    CHECK(proof.substr(0, nonce_at) == said("proof").substr(0, nonce_at));
    CHECK(proof.substr(after, 8) == said("proof").substr(after, 8));
    const Handshake both{job, announced, 1, std::string(nonce_size, 's'), proof.substr(nonce_at, nonce_size)};
    CHECK(is_proved(proof.substr(after + 8), Side::client, both, key));
    const std::string own = proof_of(Side::server, both, key);
    std::string words = welcome;
    os::send_all(socket.get(), words.replace(16, proof_size, own));
    CHECK(client->advance());
    CHECK(client->is_through());
  }
};

/// A client of another time, and a monitor of today.
struct OtherClient : Place {
  Server server{dir.get(), temp.path(), "control", job, key};
  os::SteadyTime now = os::steady_now();
  os::Fd socket = std::move(*os::connect_at(dir.get(), temp.path(), "control"));
  std::string nonce;

  std::vector<std::pair<Server::Client, Request>> requests_after(const std::string& bytes) {
    os::send_all(socket.get(), bytes);
    return server.take_requests(now);
  }
  std::string heard() const {
    std::string bytes;
    (void)os::receive_some(socket.get(), bytes, 1 << 20);
    return bytes;
  }
  void hear_hello() {
    CHECK(server.take_requests(now).empty());
    const std::string hello = heard();
    REQUIRE(hello.size() == said("hello").size());
    const std::size_t nonce_at = hello.size() - nonce_size;
    CHECK(hello.substr(0, nonce_at) == said("hello").substr(0, nonce_at));
    nonce = hello.substr(nonce_at);
  }
  std::string proof(std::uint16_t announced) const {
    const Handshake both{job, announced, 1, nonce, std::string(nonce_size, 'c')};
    return proving(said("proof"), proof_of(Side::client, both, key));
  }
  void get_in(const std::string& proof) {
    CHECK(requests_after(proof).empty());
    const Handshake both{job, 1, 1, nonce, std::string(nonce_size, 'c')};
    CHECK(heard() == proving(said("welcome"), proof_of(Side::server, both, key)));
  }
};

}  // namespace

TEST_CASE("the recorded handshake is what the key, the nonces and the job give") {
  const std::string server_nonce(nonce_size, 's'), client_nonce(nonce_size, 'c');
  const Handshake both{job, 1, 1, server_nonce, client_nonce};
  CHECK(frame_of(Hello{1, fingerprint_of(key), server_nonce}) == said("hello"));
  CHECK(frame_of(Proof{1, client_nonce, proof_of(Side::client, both, key)}) == said("proof"));
  CHECK(frame_of(Welcome{proof_of(Side::server, both, key)}) == said("welcome"));
  for (const auto& [name, request] : requests) CHECK(frame_of(request, 1) == said(name.c_str()));
  for (const auto& [name, answer] : answers) CHECK(frame_of(answer, 1) == said(name.c_str()));
  CHECK(recorded().size() == 3 + requests.size() + answers.size());
}

TEST_CASE("a monitor of version 1 is commanded by today's client") {
  OtherMonitor monitor;
  monitor.let_in(said("hello"), said("welcome"), 1);
  for (const auto& each : requests) {
    const std::string& name = each.first;  // clang captures no structured binding
    const Request& request = each.second;
    CAPTURE(name);
    monitor.client->send(request);
    CHECK(monitor.heard() == said(name.c_str()));
  }
  for (const auto& each : answers) {
    const std::string& name = each.first;  // clang captures no structured binding
    const Answer& answer = each.second;
    CAPTURE(name);
    os::send_all(monitor.socket.get(), said(name.c_str()));
    const auto heard = monitor.client->answer(os::steady_now() + 60s);
    REQUIRE(heard.has_value());
    CHECK(heard->kind == answer.kind);
    CHECK(heard->code == answer.code);
    CHECK(heard->doing == answer.doing);
    CHECK(heard->report == answer.report);
    CHECK(heard->exit_status == answer.exit_status);
  }
}

TEST_CASE("a client of version 1 commands today's monitor") {
  OtherClient client;
  client.hear_hello();
  client.get_in(client.proof(1));
  for (const auto& each : requests) {
    const std::string& name = each.first;  // clang captures no structured binding
    const Request& request = each.second;
    CAPTURE(name);
    const auto taken = client.requests_after(said(name.c_str()));
    REQUIRE(taken.size() == 1);
    CHECK(taken[0].second.kind == request.kind);
    CHECK(taken[0].second.scope == request.scope);
    CHECK(taken[0].second.grace == request.grace);
    CHECK(taken[0].second.signal == request.signal);
    CHECK(taken[0].second.name == request.name);
    for (const auto& [what, answer] : answers) {
      client.server.answer(taken[0].first, answer);
      CHECK(client.heard() == said(what.c_str()));
    }
  }
}

TEST_CASE("a later monitor, which says more in all that it says, is commanded in version 1") {
  OtherMonitor monitor;
  std::string hello = longer(said("hello"), "what version 9 adds");
  hello[8] = 9;
  monitor.let_in(hello, longer(said("welcome"), "more"), 9);
  monitor.client->send(requests.at("kill"));
  CHECK(monitor.heard() == said("kill"));
  for (const auto& [name, answer] : answers) {
    os::send_all(monitor.socket.get(), longer(said(name.c_str()), std::string(500, '\xff')));
    const auto heard = monitor.client->answer(os::steady_now() + 60s);
    REQUIRE(heard.has_value());
    CHECK(heard->kind == answer.kind);
    CHECK(heard->code == answer.code);
    CHECK(heard->report == answer.report);
  }
}

TEST_CASE("a later monitor that does not speak version 1 any more is understood when it says so") {
  OtherMonitor monitor;
  monitor.client->send(requests.at("kill"));
  std::string refusal = frame_of(Answer{Kind::failed, Errc::protocol_mismatch, "too old"}, 9);
  std::string hello = said("hello");
  hello[8] = 9;
  os::send_all(monitor.socket.get(), hello + longer(refusal, "more"));
  const Error problem = failure_of([&] { return monitor.client->answer(os::steady_now() + 60s); });
  CHECK(problem.code() == Errc::protocol_mismatch);
  CHECK(problem.doing() == "too old");
  std::string proof = monitor.heard();
  CHECK(take_frame(proof)->kind == Kind::proof);
  CHECK(proof.empty());  // no request
}

TEST_CASE("a later client, which says more in all that it says, commands today's monitor in version 1") {
  OtherClient client;
  client.hear_hello();
  client.get_in(longer(client.proof(1), std::string(100, 'x')));
  for (const auto& [name, request] : requests) {
    const auto taken = client.requests_after(longer(said(name.c_str()), std::string(500, '\xff')));
    REQUIRE(taken.size() == 1);
    CHECK(taken[0].second.kind == request.kind);
    CHECK(taken[0].second.name == request.name);
  }
}

TEST_CASE("a later client's request that is not known is refused by name, and what came before it counts") {
  OtherClient client;
  client.hear_hello();
  client.get_in(client.proof(1));
  std::string unknown = longer(said("status"), "what it wants");
  unknown[6] = '\x84';
  unknown[7] = '\x03';
  const auto taken = client.requests_after(said("kill") + unknown + said("stop"));
  REQUIRE(taken.size() == 1);
  CHECK(taken[0].second.kind == Kind::kill);
  std::string bytes = client.heard();
  const Answer answer = answer_from(*take_frame(bytes));
  CHECK(answer.code == Errc::protocol_mismatch);
  CHECK(answer.doing == "read request: unknown kind 900");
  CHECK(bytes.empty());
}

TEST_CASE("a third party cannot talk the two down to an earlier version") {
  // The client has read another number than the monitor wrote: its proof is over the number that it read.
  OtherClient client;
  client.hear_hello();
  CHECK(client.requests_after(client.proof(2)).empty());
  std::string bytes = client.heard();
  CHECK(answer_from(*take_frame(bytes)).code == Errc::authentication_failed);

  OtherMonitor monitor;
  monitor.client->send(requests.at("kill"));
  os::send_all(monitor.socket.get(), said("hello"));
  CHECK(monitor.client->advance());
  std::string words = monitor.heard();
  const Proof proof = proof_from(*take_frame(words));
  const Handshake as_written{job, 9, 1, std::string(nonce_size, 's'), proof.nonce};
  os::send_all(monitor.socket.get(), frame_of(Welcome{proof_of(Side::server, as_written, key)}));
  CHECK(failure_of([&] { return monitor.client->answer(os::steady_now() + 60s); }).code() ==
        Errc::authentication_failed);
  CHECK(monitor.heard().empty());
}
