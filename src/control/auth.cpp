// SPDX-License-Identifier: MIT
#include "control/auth.hpp"

#include <sodium.h>

#include "base/wire.hpp"
#include "brood/error.hpp"
#include "os/random.hpp"

namespace brood::control {
namespace {

static_assert(crypto_auth_KEYBYTES == AuthKey::size && crypto_auth_BYTES == proof_size);

constexpr std::string_view fingerprint_context = "brood authkey fingerprint";
constexpr std::string_view content_context = "brood authkey from a file";

// Only where something is to be proved: it asks the processor for its abilities, which takes a while in virtual machines.
void set_up_libsodium() {
  static const bool is_ready = sodium_init() >= 0;
  if (!is_ready) throw Error(Errc::unsupported, "set up libsodium");
}

unsigned char* raw(char* bytes) { return reinterpret_cast<unsigned char*>(bytes); }
const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

void hash(std::string_view content, std::string_view context, char* result, std::size_t size) {
  set_up_libsodium();
  if (crypto_generichash(raw(result), size, raw(content), content.size(), raw(context), context.size()) != 0)
    throw Error(Errc::unsupported, "hash a key");
}

std::string words_of(Side side, const Handshake& handshake) {
  WireWriter words;
  words.put(side == Side::client ? "brood client" : "brood monitor");
  words.put(handshake.announced);
  words.put(handshake.version);
  words.put(handshake.job);
  words.put(handshake.server_nonce);
  words.put(handshake.client_nonce);
  return words.bytes();
}

}  // namespace

std::string fingerprint_of(const AuthKey& key) {
  std::string fingerprint(fingerprint_size, '\0');
  hash(key.bytes(), fingerprint_context, fingerprint.data(), fingerprint.size());
  return fingerprint;
}

std::string fingerprint_text(std::string_view fingerprint) {
  std::string text(fingerprint.size() * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), raw(fingerprint), fingerprint.size());
  text.pop_back();
  return text;
}

AuthKey key_from(std::string_view content) {
  if (const auto key = AuthKey::from(content)) return *key;
  AuthKey key;
  hash(content, content_context, key.data(), AuthKey::size);
  return key;
}

std::string new_nonce() {
  std::string nonce(nonce_size, '\0');
  os::fill_with_random(nonce.data(), nonce.size());
  return nonce;
}

std::string proof_of(Side side, const Handshake& handshake, const AuthKey& key) {
  set_up_libsodium();
  const std::string words = words_of(side, handshake);
  std::string proof(proof_size, '\0');
  crypto_auth(raw(proof.data()), raw(words), words.size(), raw(key.bytes()));
  return proof;
}

bool is_proved(std::string_view proof, Side side, const Handshake& handshake, const AuthKey& key) {
  set_up_libsodium();
  if (proof.size() != proof_size) return false;
  const std::string words = words_of(side, handshake);
  return crypto_auth_verify(raw(proof), raw(words), words.size(), raw(key.bytes())) == 0;
}

}  // namespace brood::control
