// SPDX-License-Identifier: MIT
#include "cli/live_line.hpp"

#include "brood/console.hpp"
#include "brood/text.hpp"

namespace brood::cli {
namespace {

void draw(const std::string& line) {
  try {
    console::write(console::Stream::error, "\r\033[K" + line);
  } catch (const Error&) {
    // The terminal has gone, and the line with it.
  }
}

}  // namespace

using std::chrono::milliseconds;
using std::chrono::steady_clock;

LiveLine::LiveLine(const Globals& globals)
    : is_wanted_(!globals.quiet && console::is_terminal(console::Stream::error)),
      began_(steady_clock::now()) {}

std::function<void(std::size_t)> LiveLine::ticker() {
  if (!is_wanted_) return {};
  return [this](std::size_t left) { show(left); };
}

void LiveLine::show(std::size_t left) {
  const auto elapsed = std::chrono::duration_cast<milliseconds>(steady_clock::now() - began_);
  if (elapsed < milliseconds(500)) return;  // most waits are over before anybody wonders
  const std::string line =
      "waiting for " + std::to_string(left) + (left == 1 ? " job, " : " jobs, ") + describe_duration(elapsed);
  draw(fit(line, console::width(console::Stream::error).value_or(80)));
  is_shown_ = true;
}

void LiveLine::clear() {
  if (!is_shown_) return;
  is_shown_ = false;
  draw("");
}

}  // namespace brood::cli
