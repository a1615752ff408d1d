// SPDX-License-Identifier: MIT
// The control protocol, version 1: what is said on a job's `control` socket. Frames one way and the other:
//
//   length   4 bytes, little-endian: of what follows it
//   version  2 bytes: 1
//   kind     2 bytes: of the numbers below, which are never used again for something else
//   body     see each kind; integers 8 bytes little-endian, strings with their length first
//
// A client sends one request and gets `accepted` as soon as the monitor has taken it up, then `done` or `failed` when it
// is carried out, which for stop and kill means that all is gone.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "brood/error.hpp"
#include "brood/scope.hpp"

namespace brood::control {

inline constexpr std::uint16_t protocol_version = 1;
inline constexpr std::size_t most_body = 64 * 1024;

enum class Kind : std::uint16_t {
  // requests
  stop = 1,     // scope, grace in ms (-1: the job's own)
  kill = 2,     // scope
  signal = 3,   // scope, number
  rename = 4,   // name
  restart = 6,  // grace in ms (-1: the job's own)
  // answers
  accepted = 100,
  done = 101,
  failed = 102,  // category (0 errno, 1 Errc), number, what was being done
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
  std::error_code code;
  std::string doing;
};

std::string frame_of(const Request& request);
std::string frame_of(const Answer& answer);

/// A frame cut from the front of `bytes`; empty while it is not complete. Throws Errc::protocol_mismatch for what can
/// never become one.
struct Frame {
  Kind kind = Kind::done;
  std::string body;
};
std::optional<Frame> take_frame(std::string& bytes);

/// These throw Errc::protocol_mismatch.
Request request_from(const Frame& frame);
Answer answer_from(const Frame& frame);

}  // namespace brood::control
