// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <csignal>
#include <limits>

#include "control/auth.hpp"
#include "control/message.hpp"
#include "support/failure.hpp"
#include "support/random.hpp"

using namespace brood;
using namespace brood::control;
using namespace brood::test;
using namespace std::chrono_literals;

namespace {

Request request_in(std::string bytes) { return request_from(*take_frame(bytes)); }
Answer answer_in(std::string bytes) { return answer_from(*take_frame(bytes)); }

const Request requests[] = {
    {Kind::stop, Scope::tree, {}, 0, {}},           {Kind::stop, Scope::target_only, 0ms, 0, {}},
    {Kind::stop, Scope::tree, 86'400'000ms, 0, {}}, {Kind::kill, Scope::target_only, {}, 0, {}},
    {Kind::signal, Scope::tree, {}, SIGUSR1, {}},   {Kind::signal, Scope::target_only, {}, 64, {}},
    {Kind::rename, Scope::tree, {}, 0, "n\u00e9w"}, {Kind::status, Scope::tree, {}, 0, {}},
};

std::string little_endian(std::int64_t value) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
  return bytes;
}

bool is_refused(const Frame& frame) {
  try {
    (void)request_from(frame);
    return false;
  } catch (const Error& problem) {
    CHECK(problem.code() == Errc::protocol_mismatch);
    return true;
  }
}

}  // namespace

TEST_CASE("a frame is laid out as the protocol says") {
  CHECK(frame_of(Request{Kind::kill, Scope::target_only, {}, 0, {}}) ==
        std::string("\x0c\0\0\0\x01\0\x02\0\x01\0\0\0\0\0\0\0", 16));
  CHECK(frame_of(Answer{Kind::done, {}, {}}) == std::string("\x04\0\0\0\x01\0\x65\0", 8));
}

TEST_CASE("every request is read back as it was written") {
  for (const Request& request : requests) {
    const Request back = request_in(frame_of(request));
    CHECK(back.kind == request.kind);
    CHECK(back.scope == request.scope);
    CHECK(back.grace == request.grace);
    CHECK(back.signal == request.signal);
    CHECK(back.name == request.name);
  }
}

TEST_CASE("every answer is read back as it was written") {
  CHECK(answer_in(frame_of(Answer{Kind::accepted, {}, {}})).kind == Kind::accepted);
  CHECK(answer_in(frame_of(Answer{Kind::done, {}, {}})).kind == Kind::done);
  const Answer ours = answer_in(frame_of(Answer{Kind::failed, Errc::bad_name, "rename job 3"}));
  CHECK(ours.kind == Kind::failed);
  CHECK(ours.code == Errc::bad_name);
  CHECK(ours.doing == "rename job 3");
  const Answer system = answer_in(frame_of(Answer{Kind::failed, system_error(EPERM), "signal process 7"}));
  CHECK(system.code == system_error(EPERM));
  CHECK(answer_in(frame_of(Answer{Kind::report, {}, {}, R"({"id":3})"})).report == R"({"id":3})");
}

TEST_CASE("the words of the handshake are read back as they were written") {
  const std::string nonce(nonce_size, 'n'), proof(proof_size, 'p'), fingerprint(fingerprint_size, 'f');
  const auto frame_in = [](std::string bytes) { return *take_frame(bytes, most_length_before_welcome); };
  const Hello hello = hello_from(frame_in(frame_of(Hello{3, fingerprint, nonce})));
  CHECK(hello.version == 3);
  CHECK(hello.fingerprint == fingerprint);
  CHECK(hello.nonce == nonce);
  const Proof back = proof_from(frame_in(frame_of(Proof{1, nonce, proof})));
  CHECK(back.version == 1);
  CHECK(back.nonce == nonce);
  CHECK(back.proof == proof);
  CHECK(welcome_from(frame_in(frame_of(Welcome{proof}))).proof == proof);
}

TEST_CASE("a later version may say more in the handshake") {
  std::string bytes = frame_of(Hello{2, std::string(fingerprint_size, 'f'), std::string(nonce_size, 'n')});
  Frame frame = *take_frame(bytes);
  frame.body += "and something new";
  CHECK(hello_from(frame).version == 2);
}

TEST_CASE("a handshake cut short anywhere, or with parts of another length, is refused") {
  const std::string nonce(nonce_size, 'n'), proof(proof_size, 'p'), fingerprint(fingerprint_size, 'f');
  const auto is_no = [](auto&& read, const Frame& frame) {
    return failure_of([&] { read(frame); }).code() == Errc::protocol_mismatch;
  };
  std::string words = frame_of(Hello{1, fingerprint, nonce});
  const Frame hello = *take_frame(words);
  for (std::size_t length = 0; length < hello.body.size(); ++length)
    CHECK(is_no(hello_from, {hello.kind, hello.body.substr(0, length)}));
  words = frame_of(Proof{1, nonce, proof});
  const Frame whole = *take_frame(words);
  for (std::size_t length = 0; length < whole.body.size(); ++length)
    CHECK(is_no(proof_from, {whole.kind, whole.body.substr(0, length)}));
  for (const Proof& wrong :
       {Proof{1, "", proof}, Proof{1, nonce, ""}, Proof{1, nonce + "n", proof}, Proof{0, nonce, proof}}) {
    words = frame_of(wrong);
    CHECK(is_no(proof_from, *take_frame(words)));
  }
  words = frame_of(Welcome{"short"});
  CHECK(is_no(welcome_from, *take_frame(words)));
  CHECK(is_no(hello_from, whole));
  CHECK(is_no(proof_from, hello));
  CHECK(is_no(welcome_from, hello));
  CHECK(is_refused(hello));
  CHECK(is_refused(whole));
}

TEST_CASE("before the welcome a frame may be small only") {
  std::string bytes = frame_of(Request{Kind::rename, Scope::tree, {}, 0, std::string(250, 'x')});
  CHECK(failure_of([&] { take_frame(bytes, most_length_before_welcome); }).code() == Errc::protocol_mismatch);
  CHECK(take_frame(bytes).has_value());
}

TEST_CASE("a frame that is not complete stays where it is") {
  for (const Request& request : requests) {
    const std::string whole = frame_of(request);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      std::string bytes = whole.substr(0, length);
      CHECK_FALSE(take_frame(bytes).has_value());
      CHECK(bytes == whole.substr(0, length));
    }
  }
}

TEST_CASE("frames are taken one by one from the front") {
  std::string bytes = frame_of(requests[0]) + frame_of(requests[6]) + "\x04";
  CHECK(take_frame(bytes)->kind == Kind::stop);
  CHECK(request_from(*take_frame(bytes)).name == "n\u00e9w");
  CHECK_FALSE(take_frame(bytes).has_value());
  CHECK(bytes == "\x04");
}

TEST_CASE("a length that cannot be is refused before the rest has come") {
  for (const std::string& length : {std::string("\0\0\0\0", 4), std::string("\x03\0\0\0", 4),
                                    std::string("\x01\0\x01\0", 4), std::string("\xff\xff\xff\xff", 4)}) {
    std::string bytes = length + std::string("\x01\0\x01\0", 4);
    CHECK(failure_of([&] { take_frame(bytes); }).code() == Errc::protocol_mismatch);
  }
}

TEST_CASE("a frame bears the version that was agreed on, or the one that is the same in all") {
  for (const std::uint16_t version : std::initializer_list<std::uint16_t>{1, 2, 0x1234}) {
    std::string bytes = frame_of(requests[0], version);
    CHECK(take_frame(bytes, most_length, version)->kind == Kind::stop);
    bytes = frame_of(Answer{Kind::accepted}, version) + frame_of(Answer{Kind::report}, version);
    CHECK(take_frame(bytes, most_length, version)->kind == Kind::accepted);
    CHECK(take_frame(bytes, most_length, version)->kind == Kind::report);
    bytes = frame_of(Answer{Kind::failed, Errc::bad_name, "x"}, version) + frame_of(Welcome{"p"}) +
            frame_of(Hello{version, "f", "n"}) + frame_of(Proof{version, "n", "p"});
    for (const Kind kind : {Kind::failed, Kind::welcome, Kind::hello, Kind::proof})
      CHECK(take_frame(bytes, most_length, version)->kind == kind);
    bytes = frame_of(requests[0], static_cast<std::uint16_t>(version + 1));
    CHECK(failure_of([&] { take_frame(bytes, most_length, version); }).code() == Errc::protocol_mismatch);
  }
}

TEST_CASE("another version of the protocol is refused") {
  for (const char version : {'\0', '\x02', '\xff'}) {
    std::string bytes = frame_of(requests[0]);
    bytes[4] = version;
    CHECK(failure_of([&] { take_frame(bytes); }).code() == Errc::protocol_mismatch);
  }
}

TEST_CASE("a request cut short anywhere is refused; of one that says more the rest is skipped") {
  for (const Request& request : requests) {
    std::string bytes = frame_of(request);
    const Frame whole = *take_frame(bytes);
    for (std::size_t length = 0; length < whole.body.size(); ++length)
      CHECK(is_refused({whole.kind, whole.body.substr(0, length)}));
    CHECK_FALSE(is_refused({whole.kind, whole.body + '\0'}));
    CHECK_FALSE(is_refused({whole.kind, whole.body + std::string(1000, '\xff')}));
    CHECK_FALSE(is_refused(whole));
  }
}

TEST_CASE("requests that make no sense are refused") {
  CHECK(is_refused({Kind::kill, little_endian(2)}));
  CHECK(is_refused({Kind::kill, little_endian(-1)}));
  CHECK(is_refused({Kind::signal, little_endian(0) + little_endian(0)}));
  CHECK(is_refused({Kind::signal, little_endian(0) + little_endian(65)}));
  CHECK(is_refused({Kind::signal, little_endian(0) + little_endian(-9)}));
  for (const Kind kind : {Kind::accepted, Kind::done, Kind::failed, static_cast<Kind>(0),
                          static_cast<Kind>(7), static_cast<Kind>(65535)})
    CHECK(is_refused({kind, little_endian(0)}));
}

TEST_CASE("a number is not cut down to one that makes sense") {
  CHECK(is_refused({Kind::signal, little_endian(0) + little_endian((1LL << 32) + SIGKILL)}));
  CHECK(is_refused({Kind::kill, little_endian(1LL << 32)}));
}

TEST_CASE("an answer cut short anywhere is refused; of one that says more the rest is skipped") {
  for (const Answer& answer :
       {Answer{Kind::failed, Errc::bad_name, "rename job 3"}, Answer{Kind::report, {}, {}, "{}"}}) {
    std::string bytes = frame_of(answer);
    const Frame whole = *take_frame(bytes);
    for (std::size_t length = 0; length < whole.body.size(); ++length)
      CHECK(failure_of([&] {
              answer_from({whole.kind, whole.body.substr(0, length)});
            }).code() == Errc::protocol_mismatch);
    const Answer more = answer_from({whole.kind, whole.body + std::string(1000, '\xff')});
    CHECK(more.code == answer.code);
    CHECK(more.doing == answer.doing);
    CHECK(more.report == answer.report);
  }
}

TEST_CASE("what is not known is named") {
  const Error problem = failure_of([] { request_from({static_cast<Kind>(7), {}}); });
  CHECK(problem.doing() == "read request: unknown kind 7");
}

TEST_CASE("answers that make no sense are refused") {
  CHECK(failure_of([] { answer_from({Kind::stop, {}}); }).code() == Errc::protocol_mismatch);
  CHECK(failure_of([] { answer_from({Kind::failed, {}}); }).code() == Errc::protocol_mismatch);
  CHECK(failure_of([] {
          answer_from({Kind::failed, little_endian(1) + little_endian(2) + little_endian(3)});
        }).code() == Errc::protocol_mismatch);
}

TEST_CASE("no bytes are too strange to be refused in the one way that there is") {
  Random random(3);
  int partial = 0, refused = 0, accepted = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string bytes;
    if (random.below(3) == 0) {
      bytes = random.bytes(random.below(40));
    } else {
      bytes = frame_of(requests[random.below(std::size(requests))]);
      bytes[random.below(bytes.size())] = random.byte();
      bytes.resize(random.below(4) == 0 ? random.below(bytes.size()) : bytes.size());
    }
    try {
      const auto frame = take_frame(bytes);
      if (!frame)
        ++partial;
      else
        ++(is_refused(*frame) ? refused : accepted);
      if (frame) (void)answer_from(*frame);
    } catch (const Error& problem) {
      if (problem.code() != Errc::protocol_mismatch) FAIL(problem.what());
      ++refused;
    }
  }
  CHECK(partial > 1000);
  CHECK(refused > 1000);
  CHECK(accepted > 1000);
}
