// SPDX-License-Identifier: MIT
// What a pool and its workers say to each other, in blocks (os/block). The pool: tasks, one at a time. The worker: that it
// is ready, or that its initializer failed; then the outcome of each call as it comes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "brood/target.hpp"
#include "brood/value.hpp"

namespace brood::pool {

/// A target, and one call of it after another.
struct Task {
  std::string function;
  std::vector<std::string> calls;  // encoded
  std::int64_t number = 0;         // of those that the worker was given
};

std::string encoded(const Arguments& call);
Arguments call_from(std::string_view bytes);

std::string to_bytes(const Task& task);
/// Like all that reads here: Errc::protocol_mismatch.
Task task_from(std::string_view bytes);

struct Report {
  enum class Kind { ready, init_failed, result, exception };
  Kind kind = Kind::ready;
  std::int64_t task = 0;
  std::string text = {};  // "TYPE: WHAT" of an exception
  Value value = {};
};

std::string to_bytes(const Report& report);
Report report_from(std::string_view bytes);

}  // namespace brood::pool
