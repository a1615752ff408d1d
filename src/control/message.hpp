// SPDX-License-Identifier: MIT
// The control protocol, version 1: what is said on a job's `control` socket; man/brood-protocol.7 describes it for others.
// Frames one way and the other:
//
//   length   4 bytes, little-endian: of what follows it
//   version  2 bytes
//   kind     2 bytes: of the numbers below, which are never used again for something else
//   body     see each kind; integers 8 bytes little-endian, strings with their length first
//
// First both sides prove that they have the job's key: the monitor says hello, the client sends its proof, the monitor
// welcomes it with its own. In hello the monitor announces the highest version that it speaks; the client chooses the
// lower of that and its own, and all frames after welcome have it. hello, proof, welcome and failed look the same in all
// versions and are sent as version 1. Whoever cannot go on says `failed` and why.
//
// A later version may append fields to any body, and an earlier side skips them: so what it may not overlook is a new
// kind, which it refuses. tests/data/control-v1.txt is a conversation that must be possible for ever.
//
// Then a client sends requests. status is answered with `report`; for the others there is `accepted` as soon as the
// monitor has taken it up, then `done` or `failed` when it is carried out, which for stop and kill means that all is
// gone.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "brood/error.hpp"
#include "brood/scope.hpp"

namespace brood::control {

inline constexpr std::uint16_t protocol_version = 1;   // the highest that is spoken here
inline constexpr std::uint16_t handshake_version = 1;  // of hello, proof, welcome and failed, for ever
inline constexpr std::size_t most_length = 64 * 1024;  // what may follow the length
inline constexpr std::size_t most_length_before_welcome = 256;  // from a client that has proved nothing yet

enum class Kind : std::uint16_t {
  // requests
  stop = 1,     // scope, grace in ms (-1: the job's own)
  kill = 2,     // scope
  signal = 3,   // scope, number
  rename = 4,   // name
  status = 5,   // nothing
  restart = 6,  // grace in ms (-1: the job's own)
  // answers
  accepted = 100,
  done = 101,
  failed = 102,  // category (0 errno, 1 Errc), number, what was being done, exit status (125 to 127)
  report = 103,  // the head of the record, as a JSON object
  // the handshake
  hello = 200,    // version, fingerprint of the key, nonce
  proof = 201,    // version, nonce, proof
  welcome = 202,  // proof
};

struct Hello {
  std::uint16_t version = protocol_version;
  std::string fingerprint;
  std::string nonce;
};

struct Proof {
  std::uint16_t version = protocol_version;
  std::string nonce;
  std::string proof;
};

struct Welcome {
  std::string proof;
};

struct Request {
  Kind kind = Kind::stop;
  Scope scope = Scope::tree;
  std::optional<std::chrono::milliseconds> grace;
  int signal = 0;
  std::string name;
};

struct Answer {
  Kind kind = Kind::done;
  std::error_code code = {};
  std::string doing = {};
  std::string report = {};
  int exit_status = 125;  // of a command that ends with this failure
};

std::string frame_of(const Request& request, std::uint16_t version = protocol_version);
std::string frame_of(const Answer& answer, std::uint16_t version = protocol_version);
std::string frame_of(const Hello& hello);
std::string frame_of(const Proof& proof);
std::string frame_of(const Welcome& welcome);

/// A frame cut from the front of `bytes`; empty while it is not complete. Throws Errc::protocol_mismatch for what can
/// never become one, because it is longer than `most`, or because it is neither of `version`, which both sides have agreed
/// on, nor of a kind that has the same in all.
struct Frame {
  Kind kind = Kind::done;
  std::string body;
};
std::optional<Frame> take_frame(std::string& bytes, std::size_t most = most_length,
                                std::uint16_t version = handshake_version);

/// These throw Errc::protocol_mismatch.
Hello hello_from(const Frame& frame);
Proof proof_from(const Frame& frame);
Welcome welcome_from(const Frame& frame);
Request request_from(const Frame& frame);
Answer answer_from(const Frame& frame);

}  // namespace brood::control
