// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "launch/start_target.hpp"
#include "support/child.hpp"

namespace brood::test {

/// A target that is launched from the test itself, as a monitor would do it, with its output in a pipe.
class Launch {
 public:
  explicit Launch(std::vector<std::string> argv, std::vector<std::string> env = {});
  Launch(const Launch&) = delete;
  Launch& operator=(const Launch&) = delete;

  launch::Target target;  // to be changed before it is started

  /// Launches it and waits for its end.
  ExitStatus run();
  /// What it wrote to both its outputs.
  const std::string& output() const noexcept { return output_; }

 private:
  std::vector<std::string> argv_, env_;
  std::string output_;
};

}  // namespace brood::test
