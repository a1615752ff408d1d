// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "brood/registry.hpp"

namespace brood {

enum class LogStream { both, standard_output, standard_error };

struct LogOptions {
  LogStream stream = LogStream::both;
  std::optional<std::size_t> last_lines;  ///< begin with at most this many last lines; empty: from the start
  bool follow = false;                    ///< go on until every job is over and all it wrote is shown
};

/// Gives the captured output of `jobs` to `sink`, byte for byte, in constant memory; several jobs one after the other,
/// or as it comes when following. `sink` returns false to stop. Throws Error (Errc::unsupported) for a job whose output
/// was never captured.
void read_logs(Registry& registry, const std::vector<JobId>& jobs, const LogOptions& options,
               const std::function<bool(std::string_view)>& sink);

}  // namespace brood
