// SPDX-License-Identifier: MIT
// The control protocol as either side sees it: bytes that come in pieces. The first byte says how they are cut.
#include "base/wire.hpp"
#include "control/message.hpp"
#include "fuzz/fuzz.hpp"

using namespace brood;
using namespace brood::control;
using namespace brood::fuzz;

namespace {

const std::error_code mismatch = Errc::protocol_mismatch;

struct Received {
  std::vector<std::pair<Kind, std::string>> frames;
  bool is_refused = false;
};

// As a reader does: takes what it can after each piece. `piece` 0 stands for all at once.
Received receive(std::string_view bytes, std::size_t piece, std::size_t most) {
  Received received;
  std::string waiting;
  while (!bytes.empty() && !received.is_refused) {
    const std::size_t length = piece == 0 ? bytes.size() : std::min(piece, bytes.size());
    waiting += bytes.substr(0, length);
    bytes.remove_prefix(length);
    received.is_refused = !accepts(
        [&] {
          while (const auto frame = take_frame(waiting, most)) {
            require(frame->body.size() <= most, "a frame is no longer than allowed");
            received.frames.emplace_back(frame->kind, frame->body);
          }
        },
        {mismatch});
    require(received.is_refused || waiting.size() < most + 4 + length, "no more is kept than one frame");
  }
  return received;
}

// What can be read, and is written again, is read as the same.
template <class Read>
void try_reading(const Frame& frame, Read read) {
  std::string bytes;
  if (!accepts([&] { bytes = frame_of(read(frame)); }, {mismatch})) return;
  std::string again = bytes;
  const auto own = take_frame(again);
  require(own && again.empty(), "one frame is written");
  std::string third;
  require(accepts([&] { third = frame_of(read(*own)); }, {mismatch}), "what is written can be read");
  require(third == bytes, "it comes back as the same");
}

void try_request(const Frame& frame) {
  Request request;
  if (!accepts([&] { request = request_from(frame); }, {mismatch})) return;
  if (request.grace) {
    require(request.grace->count() >= 0, "no grace is negative");
    require(*request.grace <= *parse_duration("inf"), "no grace is longer than inf");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes = text_of(data, size);
  const std::size_t piece = take_byte(bytes);
  for (const std::size_t most : {most_length, most_length_before_welcome}) {
    const Received whole = receive(bytes, 0, most);
    const Received pieces = receive(bytes, piece, most);
    require(whole.is_refused == pieces.is_refused, "what is refused does not depend on the pieces");
    require(whole.frames == pieces.frames, "what is read does not depend on the pieces");
    for (const auto& [kind, body] : whole.frames) {
      const Frame frame{kind, body};
      try_request(frame);
      try_reading(frame, request_from);
      try_reading(frame, answer_from);
      try_reading(frame, hello_from);
      try_reading(frame, proof_from);
      try_reading(frame, welcome_from);
    }
  }
  return 0;
}
