// SPDX-License-Identifier: MIT
// How a child comes to be: one function for each way.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "brood/process_options.hpp"
#include "process/birth.hpp"
#include "process/child.hpp"
#include "process/descriptors.hpp"

namespace brood::process {

/// What all of them are given.
struct Order {
  const ProcessOptions& options;
  const Birth& birth;
  StartMethod method;
  Streams& streams;
  std::vector<int> pass_fds;  // checked
};

/// Executes a command.
Born start_command(const Order& order, const std::vector<std::string>& argv);
/// A copy of this process runs `run`.
Born start_fork(const Order& order, const std::function<int()>& run);
/// A fresh image of this program runs the function that the birth names.
Born start_image(const Order& order);

/// What distinguishes one execution from another, besides the order.
struct Execution {
  std::vector<const char*> programs;  // paths to try; none: argv[0], as a shell finds it
  std::vector<int> keep_fds;          // besides those passed
  bool close_others = true;
  bool block_signals = false;  // until it unblocks them
};
/// Executes `argv`; what went wrong is thrown with its stage and path.
Born execute(const Order& order, const std::vector<std::string>& argv, const Execution& execution);

/// The environment that the child is to have.
std::vector<std::string> environment_for(const ProcessOptions& options);

}  // namespace brood::process
