// SPDX-License-Identifier: MIT
// Words with a meaning of their own: lengths of time, times, numbers, signals, names of states and policies, text for
// people.
#include <csignal>
#include <limits>

#include "brood/job_spec.hpp"
#include "brood/job_state.hpp"
#include "brood/start_method.hpp"
#include "fuzz/fuzz.hpp"
#include "os/clock.hpp"
#include "os/limit_names.hpp"

using namespace brood;
using namespace brood::fuzz;

namespace {

void try_duration(std::string_view text) {
  const auto duration = parse_duration(text);
  require(duration || !is_digits(text), "any number of seconds is a length of time");
  if (!duration) return;
  require(duration->count() >= 0, "no length of time is negative");
  require(duration <= parse_duration("inf"), "nothing is longer than inf");
  require(parse_duration(std::to_string(duration->count()) + "ms") == duration,
          "written in milliseconds it is the same");
  require(printable(describe_duration(*duration)) == describe_duration(*duration), "its words are plain");
  const auto now = os::steady_now();
  require(os::later(now, *duration) >= now, "a deadline is not in the past");
}

void try_numbers(std::string_view text) {
  const auto number =
      parse_integer(text, std::numeric_limits<long long>::min(), std::numeric_limits<long long>::max());
  if (number)
    require(parse_integer(std::to_string(*number), *number, *number) == number, "numbers come back");
  const auto small = parse_integer(text, -40, 40);
  require(!small || (number == small && *small >= -40 && *small <= 40), "a number stays in its range");
  if (is_digits(text) && text.size() < 19) require(number.has_value(), "digits are a number");
}

void try_signal(std::string_view text) {
  const auto signal = parse_signal(text);
  if (!signal) return;
  require(*signal > 0 && *signal <= SIGRTMAX, "a signal has a number that there is");
  require(parse_signal(signal_name(*signal)) == signal, "a signal's name means it");
}

void try_words(std::string_view text) {
  if (const auto method = parse_start_method(text)) require(to_string(*method) == text, "methods come back");
  if (const auto state = parse_job_state(text)) require(to_string(*state) == text, "states come back");
  if (const auto policy = parse_orphan_policy(text))
    require(to_string(*policy) == text, "policies come back");
  if (const auto limit = os::limit_number(text)) require(os::limit_name(*limit) == text, "limits come back");
}

void try_time(std::string_view text) {
  const auto time = parse_time(text);
  if (time) require(time_text(*time) == text, "a time comes back");
}

void try_text(std::string_view text) {
  const std::string shown = printable(text);
  require(is_utf8(shown), "printable text is UTF-8");
  require(printable(shown) == shown, "printable text stays as it is");
  require(shown.find_first_of(std::string_view("\n\r\t\033\0", 5)) == std::string::npos, "it is one line");
  require(printable(shell_word(text)) == shell_word(text), "a word for a shell is printable");
  for (const std::size_t columns : {0u, 1u, 2u, 7u, 80u}) {
    const std::string fitted = fit(shown, columns);
    require(display_width(fitted) <= columns, "what is made to fit fits");
    require(is_utf8(fitted), "no character is cut");
  }
  if (job_name_problem(text).empty()) {
    require(shown == text, "a job's name is printable");
    require(!is_digits(text), "a job's name is no id");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(data, size);
  try_duration(text);
  try_numbers(text);
  try_signal(text);
  try_words(text);
  try_time(text);
  try_text(text);
  return 0;
}
