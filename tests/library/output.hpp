// SPDX-License-Identifier: MIT
// What children write, and what they may do in a raw fork.
#pragma once

#include <string>
#include <utility>

#include "brood/process.hpp"
#include "support/rendezvous.hpp"

namespace brood::test {

struct Told {
  std::string out;
  std::string err;
  std::optional<int> code;
};

/// Runs it to its end, with both its outputs in pipes.
inline Told told_by(ProcessOptions options) {
  options.out = options.err = Stream::pipe();
  Process child(std::move(options));
  child.start();
  Told told{read_to_end(child.output()), read_to_end(child.error_output()), {}};
  told.code = child.join();
  return told;
}

inline Told told_by(StartMethod method, Target target, Value::Array args = {}) {
  return told_by({.target = std::move(target), .args = std::move(args), .method = method});
}

}  // namespace brood::test
