// SPDX-License-Identifier: MIT
#include "control/message.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>

#include "base/wire.hpp"
#include "brood/text.hpp"
#include "control/auth.hpp"

namespace brood::control {
namespace {

constexpr std::size_t length_size = 4;
constexpr std::size_t head_size = 8;

[[noreturn]] void mismatch(const std::string& what) { throw Error(Errc::protocol_mismatch, what); }

template <class Integer>
void append(std::string& out, Integer value) {
  for (std::size_t i = 0; i < sizeof value; ++i)
    out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
}

template <class Integer>
Integer number_at(std::string_view bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Integer); ++i)
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  return static_cast<Integer>(value);
}

std::string framed(Kind kind, const std::string& body, std::uint16_t version = handshake_version) {
  std::string frame;
  append(frame, static_cast<std::uint32_t>(head_size - length_size + body.size()));
  append(frame, version);
  append(frame, static_cast<std::uint16_t>(kind));
  return frame + body;
}

// These must be understood before a version has been agreed on, or where there is none to agree on.
bool is_timeless(Kind kind) {
  return kind == Kind::hello || kind == Kind::proof || kind == Kind::welcome || kind == Kind::failed;
}

std::uint16_t version_from(std::int64_t value) {
  if (value < 1 || value > 0xffff) mismatch("read version: impossible number");
  return static_cast<std::uint16_t>(value);
}

// Later versions may say more in their first words; what this one knows comes first.
std::string bytes_of(std::string_view text, std::size_t size, bool is_ok) {
  if (!is_ok || text.size() != size) mismatch("read handshake: wrong length");
  return std::string(text);
}

Scope scope_from(std::int64_t value) {
  if (value != static_cast<std::int64_t>(Scope::tree) &&
      value != static_cast<std::int64_t>(Scope::target_only))
    mismatch("read request: unknown scope");
  return static_cast<Scope>(value);
}

}  // namespace

std::string frame_of(const Request& request, std::uint16_t version) {
  WireWriter body;
  const bool has_scope =
      request.kind == Kind::stop || request.kind == Kind::kill || request.kind == Kind::signal;
  if (has_scope) body.put(request.scope);
  if (request.kind == Kind::stop || request.kind == Kind::restart)
    body.put(request.grace ? request.grace->count() : -1);
  if (request.kind == Kind::signal) body.put(request.signal);
  if (request.kind == Kind::rename) body.put(request.name);
  return framed(request.kind, body.bytes(), version);
}

std::string frame_of(const Answer& answer, std::uint16_t version) {
  WireWriter body;
  if (answer.kind == Kind::failed) {
    body.put(answer.code.category() == error_category() ? 1 : 0);
    body.put(answer.code.value());
    body.put(answer.doing);
    body.put(answer.exit_status);
  }
  if (answer.kind == Kind::report) body.put(answer.report);
  return framed(answer.kind, body.bytes(), is_timeless(answer.kind) ? handshake_version : version);
}

std::string frame_of(const Hello& hello) {
  WireWriter body;
  body.put(hello.version);
  body.put(hello.fingerprint);
  body.put(hello.nonce);
  return framed(Kind::hello, body.bytes());
}

std::string frame_of(const Proof& proof) {
  WireWriter body;
  body.put(proof.version);
  body.put(proof.nonce);
  body.put(proof.proof);
  return framed(Kind::proof, body.bytes());
}

std::string frame_of(const Welcome& welcome) {
  WireWriter body;
  body.put(welcome.proof);
  return framed(Kind::welcome, body.bytes());
}

std::optional<Frame> take_frame(std::string& bytes, std::size_t most, std::uint16_t version) {
  if (bytes.size() < head_size) return std::nullopt;
  const auto length = number_at<std::uint32_t>(bytes, 0);
  if (length < head_size - length_size || length > most) mismatch("read frame: impossible length");
  const auto kind = static_cast<Kind>(number_at<std::uint16_t>(bytes, 6));
  const auto wanted = is_timeless(kind) ? handshake_version : version;
  if (const auto its = number_at<std::uint16_t>(bytes, 4); its != wanted)
    mismatch("read frame: version " + std::to_string(its) + " of the protocol");
  if (bytes.size() < length_size + length) return std::nullopt;
  Frame frame{kind, bytes.substr(head_size, length_size + length - head_size)};
  bytes.erase(0, length_size + length);
  return frame;
}

Hello hello_from(const Frame& frame) {
  if (frame.kind != Kind::hello) mismatch("read handshake: no hello");
  WireReader body(frame.body);
  Hello hello;
  hello.version = version_from(body.integer());
  const auto fingerprint = body.text();
  const auto nonce = body.text();
  hello.fingerprint = bytes_of(fingerprint, fingerprint_size, body.ok());
  hello.nonce = bytes_of(nonce, nonce_size, body.ok());
  return hello;
}

Proof proof_from(const Frame& frame) {
  if (frame.kind != Kind::proof) mismatch("read handshake: a request without a proof");
  WireReader body(frame.body);
  Proof proof;
  proof.version = version_from(body.integer());
  const auto nonce = body.text();
  const auto code = body.text();
  proof.nonce = bytes_of(nonce, nonce_size, body.ok());
  proof.proof = bytes_of(code, proof_size, body.ok());
  return proof;
}

Welcome welcome_from(const Frame& frame) {
  if (frame.kind != Kind::welcome) mismatch("read handshake: no welcome");
  WireReader body(frame.body);
  const auto code = body.text();
  return {bytes_of(code, proof_size, body.ok())};
}

Request request_from(const Frame& frame) {
  WireReader body(frame.body);
  Request request;
  request.kind = frame.kind;
  if (frame.kind == Kind::stop || frame.kind == Kind::kill || frame.kind == Kind::signal)
    request.scope = scope_from(body.integer());
  if (frame.kind == Kind::stop || frame.kind == Kind::restart) {
    if (const auto grace = body.integer(); grace >= 0)
      request.grace = std::min(std::chrono::milliseconds(grace), longest_duration);
  } else if (frame.kind == Kind::signal) {
    const std::int64_t number = body.integer();
    if (number < 1 || number > SIGRTMAX) mismatch("read request: no such signal");
    request.signal = static_cast<int>(number);
  } else if (frame.kind == Kind::rename) {
    request.name = body.text();
  } else if (frame.kind != Kind::kill && frame.kind != Kind::status) {
    mismatch("read request: unknown kind " + std::to_string(static_cast<unsigned>(frame.kind)));
  }
  if (!body.ok()) mismatch("read request: it is too short");
  return request;
}

Answer answer_from(const Frame& frame) {
  if (frame.kind == Kind::accepted || frame.kind == Kind::done) return {frame.kind, {}, {}};
  WireReader body(frame.body);
  if (frame.kind == Kind::report) {
    Answer answer{frame.kind, {}, {}, std::string(body.text())};
    if (!body.ok()) mismatch("read answer: it is too short");
    return answer;
  }
  if (frame.kind != Kind::failed)
    mismatch("read answer: unknown kind " + std::to_string(static_cast<unsigned>(frame.kind)));
  const bool is_ours = body.integer() == 1;
  const std::int64_t number = body.integer();
  Answer answer{frame.kind, {}, std::string(body.text())};
  const std::int64_t status = body.integer();
  const bool is_in_range = number >= 0 && number <= 4095 && status >= 125 && status <= 127;
  if (!body.ok() || !is_in_range) mismatch("read answer: too short, or an impossible number");
  answer.code = {static_cast<int>(number), is_ours ? error_category() : std::system_category()};
  answer.exit_status = static_cast<int>(status);
  return answer;
}

}  // namespace brood::control
