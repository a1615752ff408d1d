// SPDX-License-Identifier: MIT
// What keys are good for. Nobody sends one: each side shows that it has it, by a code over both sides' random numbers,
// the job's id and the version of the protocol, and over a word of its own, so that no proof can be used again, in
// another place, or by the other side.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/auth_key.hpp"
#include "brood/job_info.hpp"

namespace brood::control {

inline constexpr std::size_t nonce_size = 32;
inline constexpr std::size_t proof_size = 32;
inline constexpr std::size_t fingerprint_size = 16;

/// By which a key may be named: 16 bytes that tell nothing else of it.
std::string fingerprint_of(const AuthKey& key);
/// The same in hexadecimal digits, for people and file names.
std::string fingerprint_text(std::string_view fingerprint);

/// A key from a file of any length: 32 bytes as they are, all else through a hash.
AuthKey key_from(std::string_view content);

std::string new_nonce();

/// All that both sides must agree on.
struct Handshake {
  JobId job = 0;
  std::uint16_t announced = 0;  ///< the version that the monitor has announced
  std::uint16_t version = 0;    ///< the one that the client has chosen
  std::string server_nonce;
  std::string client_nonce;
};

enum class Side { client, server };

std::string proof_of(Side side, const Handshake& handshake, const AuthKey& key);
/// In a time that tells nothing of how wrong it is.
bool is_proved(std::string_view proof, Side side, const Handshake& handshake, const AuthKey& key);

}  // namespace brood::control
