// SPDX-License-Identifier: MIT
#include "cli/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "brood/text.hpp"

namespace brood::cli {
namespace {

std::unique_ptr<spdlog::logger>& logger() {
  static std::unique_ptr<spdlog::logger> instance;
  return instance;
}

}  // namespace

void log_to_stderr(int verbosity) {
  if (verbosity <= 0) return;
  logger() = std::make_unique<spdlog::logger>("brood", std::make_shared<spdlog::sinks::stderr_sink_st>());
  logger()->set_pattern("brood: %H:%M:%S.%e %v");
}

void log_step(std::string_view words) {
  if (logger()) logger()->info(printable(words));
}

}  // namespace brood::cli
