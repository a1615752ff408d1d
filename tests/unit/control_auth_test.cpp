// SPDX-License-Identifier: MIT
// Who is let in to the control channel and who is not, both ways, over a real socket.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <memory>

#include "control/client.hpp"
#include "control/server.hpp"
#include "os/file.hpp"
#include "os/socket.hpp"
#include "support/failure.hpp"
#include "support/random.hpp"
#include "support/rendezvous.hpp"
#include "support/sanitizers.hpp"

using namespace brood;
using namespace brood::control;
using namespace brood::test;
using namespace std::chrono_literals;

namespace {

AuthKey key_of(char letter) { return *AuthKey::from(std::string(AuthKey::size, letter)); }

const Request kill_it{Kind::kill, Scope::tree, {}, 0, {}};

/// A server of job 7 whose key is all 'k', and a clock that is moved by hand.
struct Door {
  std::optional<Client> client(char letter = 'k', JobId job = 7) {
    const auto find = [this, letter](const std::string& wanted) {
      asked_for = wanted;
      return key_of(letter);
    };
    return Client::connect(dir.get(), temp.path(), "control", job, find);
  }
  std::vector<std::pair<Server::Client, Request>> requests() { return server.take_requests(now); }
  std::size_t watched() const {
    std::vector<pollfd> fds;
    server.add_to(fds);
    return fds.size();
  }

  TempDir temp;
  os::Fd dir = os::open_at(os::current_directory(), temp.path(), os::Open::directory);
  Server server{dir.get(), temp.path(), "control", 7, key_of('k')};
  os::SteadyTime now = os::steady_now();
  std::string asked_for;
};

/// The client's side, byte by byte.
struct Stranger {
  explicit Stranger(Door& at)
      : door(at), socket(std::move(*os::connect_at(door.dir.get(), door.temp.path(), "control"))) {
    CHECK(door.requests().empty());
    hello = hello_from(next());
  }
  Frame next() {
    (void)os::receive_some(socket.get(), received);
    const auto frame = take_frame(received);
    REQUIRE(frame.has_value());
    return *frame;
  }
  void say(const std::string& bytes) {
    os::send_all(socket.get(), bytes);
    CHECK(door.requests().empty());
  }
  std::string proof(Side side, const Handshake& handshake, char letter = 'k') const {
    return frame_of(
        Proof{handshake.version, handshake.client_nonce, proof_of(side, handshake, key_of(letter))});
  }
  Handshake handshake() const { return {7, hello.version, 1, hello.nonce, std::string(nonce_size, 'c')}; }
  /// Refused for this reason, and cut off.
  void expect_refusal(Errc code) {
    do await_ready(socket.get());
    while (os::receive_some(socket.get(), received));
    const auto frame = take_frame(received);
    REQUIRE(frame.has_value());
    CHECK(answer_from(*frame).code == code);
    CHECK(received.empty());
    CHECK(door.watched() == 1);
  }

  Door& door;
  os::Fd socket;
  std::string received;
  Hello hello;
};

/// The monitor's side, byte by byte, and a real client.
struct Impostor {
  Impostor() : client(door.client()), socket(std::move(*os::accept_one(door.server.listener()))) {
    client->send(kill_it);
  }
  void say(const std::string& bytes) const { os::send_all(socket.get(), bytes); }
  std::string heard() const {
    std::string bytes;
    (void)os::receive_some(socket.get(), bytes);
    return bytes;
  }
  Hello hello() const { return {1, std::string(fingerprint_size, 'f'), std::string(nonce_size, 's')}; }

  Door door;
  std::optional<Client> client;
  os::Fd socket;
};

}  // namespace

TEST_CASE("who has the key is let in, and only then sends its request") {
  Door door;
  auto client = door.client();
  client->send(kill_it);
  CHECK(door.requests().empty());
  CHECK(client->advance());
  CHECK_FALSE(client->is_through());
  CHECK(door.asked_for == fingerprint_of(key_of('k')));
  CHECK(door.requests().empty());
  CHECK(client->advance());
  CHECK(client->is_through());
  CHECK_FALSE(door.server.deadline().has_value());
  const auto requests = door.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].second.kind == Kind::kill);
}

TEST_CASE("another key is refused, and so is the right one for another job") {
  for (const auto& [letter, job] : {std::pair{'x', JobId{7}}, std::pair{'k', JobId{8}}}) {
    Door door;
    auto client = door.client(letter, job);
    client->send(kill_it);
    CHECK(door.requests().empty());
    CHECK(client->advance());
    CHECK(door.requests().empty());
    CHECK(failure_of([&] { client->answer(); }).code() == Errc::authentication_failed);
    CHECK(door.requests().empty());
    CHECK(door.watched() == 1);
  }
}

TEST_CASE("a proof counts once: not in another connection") {
  Door door;
  Stranger first(door);
  const std::string proof = first.proof(Side::client, first.handshake());
  first.say(proof);
  CHECK(first.next().kind == Kind::welcome);
  Stranger second(door);
  CHECK(second.hello.nonce != first.hello.nonce);
  os::send_all(second.socket.get(), proof + frame_of(kill_it));
  CHECK(door.requests().empty());
  second.received += read_to_end(second.socket.get());
  CHECK(answer_from(*take_frame(second.received)).code == Errc::authentication_failed);
}

TEST_CASE("a proof that is not about all that was said, or is the monitor's own, is refused") {
  const auto changes = {
      +[](Handshake& said) { said.job = 8; },
      +[](Handshake& said) { said.announced = 2; },
      +[](Handshake& said) { said.server_nonce[31] = 'x'; },
      +[](Handshake& said) { said.server_nonce.swap(said.client_nonce); },
  };
  for (const auto& change : changes) {
    Door door;
    Stranger stranger(door);
    const Handshake real = stranger.handshake();
    Handshake said = real;
    change(said);
    stranger.say(frame_of(Proof{1, real.client_nonce, proof_of(Side::client, said, key_of('k'))}));
    stranger.expect_refusal(Errc::authentication_failed);
  }
  Door door;
  Stranger mirror(door);
  mirror.say(mirror.proof(Side::server, mirror.handshake()));
  mirror.expect_refusal(Errc::authentication_failed);
}

TEST_CASE("one wrong bit anywhere in a proof is enough") {
  for (std::size_t at = 0; at < proof_size; ++at) {
    Door door;
    Stranger stranger(door);
    std::string frame = stranger.proof(Side::client, stranger.handshake());
    frame[frame.size() - 1 - at] = static_cast<char>(frame[frame.size() - 1 - at] ^ 1);
    stranger.say(frame);
    stranger.expect_refusal(Errc::authentication_failed);
  }
}

TEST_CASE("nothing but a proof is heard before one was given") {
  Door door;
  for (const std::string& words :
       {frame_of(kill_it), frame_of(Answer{Kind::done, {}, {}}),
        frame_of(Welcome{std::string(proof_size, 'w')}), std::string("GET / HTTP/1.1\r\n\r\n"),
        std::string(5000, '\0'), std::string(5000, '\x7f')}) {
    Stranger stranger(door);
    stranger.say(words);
    stranger.expect_refusal(Errc::protocol_mismatch);
  }
}

TEST_CASE("a frame that says it is long is refused before it has come") {
  Door door;
  Stranger stranger(door);
  stranger.say(std::string("\x01\x01\0\0\x01\0\xc9\0", 8));  // 257 bytes
  stranger.expect_refusal(Errc::protocol_mismatch);
}

TEST_CASE("a proof may come in pieces, and the request right behind it") {
  Door door;
  Stranger stranger(door);
  const std::string proof = stranger.proof(Side::client, stranger.handshake());
  for (std::size_t i = 0; i + 1 < proof.size(); ++i) stranger.say(proof.substr(i, 1));
  os::send_all(stranger.socket.get(), proof.substr(proof.size() - 1) + frame_of(kill_it));
  CHECK(door.requests().size() == 1);
  CHECK(stranger.next().kind == Kind::welcome);
}

TEST_CASE("another version of the protocol is answered, not ignored") {
  Door door;
  Stranger other_frame(door);
  std::string words = frame_of(kill_it);
  words[4] = 2;
  other_frame.say(words);
  other_frame.expect_refusal(Errc::protocol_mismatch);
  Stranger later(door);
  Handshake chosen = later.handshake();
  chosen.version = 2;
  later.say(later.proof(Side::client, chosen));
  later.expect_refusal(Errc::protocol_mismatch);
}

TEST_CASE("who says nothing is dropped when its time is up, and no sooner") {
  Door door;
  Stranger silent(door);
  const os::SteadyTime began = door.now;
  CHECK(door.server.deadline() == os::Deadline(began + handshake_time));
  door.now = began + 1s;
  Stranger later(door);
  CHECK(door.server.deadline() == os::Deadline(began + handshake_time));
  door.now = began + handshake_time - 1ns;
  CHECK(door.requests().empty());
  CHECK(door.watched() == 3);
  door.now = began + handshake_time;
  CHECK(door.requests().empty());
  CHECK(door.watched() == 2);
  CHECK(read_to_end(silent.socket.get()).empty());
  CHECK(door.server.deadline() == os::Deadline(began + 1s + handshake_time));
}

TEST_CASE("half a proof does not buy time; a whole one that came in time counts, however late it is read") {
  Door door;
  Stranger slow(door), whole(door);
  const std::string proof = slow.proof(Side::client, slow.handshake());
  slow.say(proof.substr(0, proof.size() / 2));
  os::send_all(whole.socket.get(), whole.proof(Side::client, whole.handshake()));
  door.now += 1h;
  CHECK(door.requests().empty());
  CHECK(whole.next().kind == Kind::welcome);
  CHECK(door.watched() == 2);
  CHECK_FALSE(door.server.deadline().has_value());
}

TEST_CASE("once let in, a client may take its time") {
  Door door;
  Stranger client(door);
  client.say(client.proof(Side::client, client.handshake()));
  door.now += 24h;
  CHECK(door.requests().empty());
  os::send_all(client.socket.get(), frame_of(kill_it));
  CHECK(door.requests().size() == 1);
}

TEST_CASE("what a flood leaves behind is dropped, and then others get in") {
  Door door;
  std::vector<os::Fd> flood;
  for (int i = 0; i < 300; ++i) {
    auto socket = os::connect_at(door.dir.get(), door.temp.path(), "control", os::steady_now());
    if (socket) flood.push_back(std::move(*socket));
    (void)door.requests();
    if (i == 255) break;
  }
  CHECK(door.watched() == flood.size());  // no more are accepted: the listener is not watched
  door.now += handshake_time;
  (void)door.requests();
  CHECK(door.watched() == 1);
  Stranger one(door);
  one.say(one.proof(Side::client, one.handshake()));
  CHECK(one.next().kind == Kind::welcome);
}

TEST_CASE("where too many are connected, who was let in and has been silent for longest makes way") {
  Door door;
  std::vector<std::unique_ptr<Stranger>> idle;
  for (std::size_t i = 0; i < most_connections; ++i) {
    idle.push_back(std::make_unique<Stranger>(door));
    idle.back()->say(idle.back()->proof(Side::client, idle.back()->handshake()));
    CHECK(idle.back()->next().kind == Kind::welcome);
    door.now += 1ms;
  }
  // The first waits for an answer, the second has just said something: the third has been silent for longest.
  os::send_all(idle[0]->socket.get(), frame_of(kill_it));
  auto requests = door.requests();
  REQUIRE(requests.size() == 1);
  const Server::Client first = requests[0].first;
  idle[1]->say(frame_of(kill_it).substr(0, 3));
  CHECK(door.watched() == most_connections);  // the listener is not

  const os::Fd late = std::move(*os::connect_at(door.dir.get(), door.temp.path(), "control"));
  CHECK(door.requests().empty());
  CHECK(door.watched() == most_connections);  // nobody was silent for long enough
  REQUIRE(door.server.deadline().has_value());
  CHECK(*door.server.deadline() > door.now);
  door.now = *door.server.deadline();
  CHECK(door.requests().empty());
  std::string words;
  CHECK(os::receive_some(late.get(), words));
  CHECK(take_frame(words)->kind == Kind::hello);
  CHECK_FALSE(os::receive_some(idle[2]->socket.get(), words));
  for (const std::size_t stays : {0u, 1u, 3u}) CHECK(os::receive_some(idle[stays]->socket.get(), words));

  // The one that waits gets its answer, however long that takes, and is like the others then.
  door.now += 1h;
  door.server.answer(first, {Kind::accepted, {}, {}});
  door.server.answer(first, {Kind::done, {}, {}});
  CHECK(idle[0]->next().kind == Kind::accepted);
  CHECK(idle[0]->next().kind == Kind::done);
}

TEST_CASE("as long as there is room nobody has to go") {
  Door door;
  Stranger client(door);
  client.say(client.proof(Side::client, client.handshake()));
  door.now += 24h;
  for (int i = 0; i < 100; ++i) Stranger{door};
  os::send_all(client.socket.get(), frame_of(kill_it));
  CHECK(door.requests().size() == 1);
}

TEST_CASE("without descriptors nobody is taken in, without turning in circles, and who is silent makes way" *
          doctest::skip(under_address_sanitizer)) {
  Door door;
  Stranger idle(door);
  idle.say(idle.proof(Side::client, idle.handshake()));
  CHECK(idle.next().kind == Kind::welcome);
  const os::Fd late = std::move(*os::connect_at(door.dir.get(), door.temp.path(), "control"));
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit none{static_cast<rlim_t>(late.get()) + 1, before.rlim_max};
  std::vector<os::Fd> filled;  // the gaps below
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  for (int fd; (fd = ::dup(late.get())) >= 0;) filled.emplace_back(fd);
  CHECK(door.requests().empty());
  CHECK(door.watched() == 1);  // the listener is not
  CHECK(door.server.deadline().has_value());
  door.now += idle_time;
  CHECK(door.requests().empty());
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  std::string words;
  CHECK(os::receive_some(late.get(), words));
  CHECK(take_frame(words)->kind == Kind::hello);
  CHECK_FALSE(os::receive_some(idle.socket.get(), words));
}

TEST_CASE("a listener that lets nobody in does not hold a client up") {
  Door door;
  std::vector<os::Fd> queue;
  const auto fill = [&] {
    for (int i = 0; i < 1000; ++i)
      queue.push_back(
          std::move(*os::connect_at(door.dir.get(), door.temp.path(), "control", os::steady_now())));
  };
  CHECK(failure_of(fill).code() == std::errc::resource_unavailable_try_again);
}

TEST_CASE("a monitor that does not have the key gets no request") {
  for (const std::string& welcome :
       {frame_of(Welcome{std::string(proof_size, 'w')}), frame_of(Answer{Kind::accepted, {}, {}}),
        frame_of(Answer{Kind::done, {}, {}}), frame_of(kill_it), std::string(100, '\xff')}) {
    Impostor monitor;
    monitor.say(frame_of(monitor.hello()));
    CHECK(monitor.client->advance());
    std::string proof = monitor.heard();
    CHECK(take_frame(proof)->kind == Kind::proof);
    monitor.say(welcome);
    const Error problem = failure_of([&] { monitor.client->answer(); });
    CHECK((problem.code() == Errc::authentication_failed || problem.code() == Errc::protocol_mismatch));
    CHECK(monitor.heard().empty());
  }
}

TEST_CASE("a monitor cannot send the client's own proof back") {
  Impostor monitor;
  monitor.say(frame_of(monitor.hello()));
  CHECK(monitor.client->advance());
  std::string words = monitor.heard();
  monitor.say(frame_of(Welcome{proof_from(*take_frame(words)).proof}));
  CHECK(failure_of([&] { monitor.client->answer(); }).code() == Errc::authentication_failed);
  CHECK(monitor.heard().empty());
}

TEST_CASE("with a later monitor the client speaks its own version, with an earlier one the monitor's") {
  Impostor monitor;
  Hello hello = monitor.hello();
  hello.version = 9;
  monitor.say(frame_of(hello));
  CHECK(monitor.client->advance());
  std::string words = monitor.heard();
  const Proof proof = proof_from(*take_frame(words));
  CHECK(proof.version == protocol_version);
  const Handshake said{7, 9, 1, hello.nonce, proof.nonce};
  CHECK(is_proved(proof.proof, Side::client, said, key_of('k')));
  monitor.say(frame_of(Welcome{proof_of(Side::server, said, key_of('k'))}));
  CHECK(monitor.client->advance());
  CHECK(monitor.heard() == frame_of(kill_it));
}

TEST_CASE("a monitor that refuses is quoted, one that goes or stays silent is none") {
  Impostor refusing;
  refusing.say(frame_of(Answer{Kind::failed, Errc::protocol_mismatch, "talk"}));
  CHECK(failure_of([&] { refusing.client->answer(); }).code() == Errc::protocol_mismatch);
  Impostor silent;
  CHECK_FALSE(silent.client->answer(os::steady_now()).has_value());
  Impostor gone;
  gone.socket.reset();
  CHECK_FALSE(gone.client->answer().has_value());
}

TEST_CASE("whatever comes instead of a handshake is survived on both sides") {
  Random random(11);
  Door door;
  for (int round = 0; round < 2000; ++round) {
    Stranger stranger(door);
    std::string words = stranger.proof(Side::client, stranger.handshake());
    const std::size_t at = random.below(words.size());
    words[at] = static_cast<char>(words[at] ^ static_cast<char>(1 + random.below(255)));
    words += random.bytes(random.below(50));
    stranger.say(words);
  }
  CHECK(door.requests().empty());
  CHECK(door.watched() == 1);
}

TEST_CASE("fingerprints and keys are what the manual says they are") {
  CHECK(fingerprint_text(fingerprint_of(key_of('k'))) == "85d4e0b6d365ae099e7d9a8ed7da5852");
  CHECK(key_from(std::string(32, 'k')).bytes() == std::string(32, 'k'));
  CHECK(fingerprint_text(key_from("secret\n").bytes()) ==
        "471d19ca060037c6665411dcc3134915809e45ab54fa295a5487b42688307c88");
  CHECK(fingerprint_of(key_of('k')) != fingerprint_of(key_of('l')));
  CHECK(key_from("a").bytes() != key_from("b").bytes());
}
