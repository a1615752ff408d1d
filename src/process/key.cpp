// SPDX-License-Identifier: MIT
#include <string.h>  // explicit_bzero

#include <algorithm>

#include "brood/error.hpp"
#include "brood/process_key.hpp"
#include "os/random.hpp"

namespace brood {

ProcessKey::ProcessKey(std::span<const std::byte> bytes) : bytes_(bytes.begin(), bytes.end()) {
  if (bytes_.empty()) throw Error(Errc::bad_value, "make a key of no bytes");
}

ProcessKey::~ProcessKey() { ::explicit_bzero(bytes_.data(), bytes_.size()); }

ProcessKey& ProcessKey::operator=(const ProcessKey& other) {
  if (this == &other) return *this;
  ::explicit_bzero(bytes_.data(), bytes_.size());
  bytes_ = other.bytes_;
  return *this;
}

ProcessKey ProcessKey::random() {
  std::vector<std::byte> bytes(32);
  os::fill_with_random(reinterpret_cast<char*>(bytes.data()), bytes.size());
  ProcessKey key(bytes);
  ::explicit_bzero(bytes.data(), bytes.size());
  return key;
}

bool operator==(const ProcessKey& a, const ProcessKey& b) noexcept {
  if (a.bytes_.size() != b.bytes_.size()) return false;
  std::byte difference{};
  for (std::size_t i = 0; i < a.bytes_.size(); ++i) difference |= a.bytes_[i] ^ b.bytes_[i];
  return difference == std::byte{};
}

}  // namespace brood
