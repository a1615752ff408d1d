// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace brood {

/// Text that came from outside, made safe for one line of a terminal: control characters (also those above 127) and
/// bytes that are not UTF-8 become `\n`, `\t`, `\e` or `\xHH`; the rest stays.
std::string printable(std::string_view text);
/// The same as one word of a shell command line: quoted where it has to be.
std::string shell_word(std::string_view text);
bool is_utf8(std::string_view text);
/// Columns that printable text takes; a character counts as one, a wide one (CJK, emoji) as two.
std::size_t display_width(std::string_view text);
/// At most `columns` wide, ending in "…" where something was cut.
std::string fit(std::string_view text, std::size_t columns);

/// Longer than every use, short enough that adding it to "now" cannot overflow.
inline constexpr std::chrono::milliseconds longest_duration{std::numeric_limits<std::int64_t>::max() /
                                                            4'000'000};

/// "90", "1.5", "10s", "2m", "1h30m", "2d", "250ms": a length of time, seconds without a unit. Empty if it is none.
/// "inf" (and what does not fit) is longest_duration.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// For people: "340ms", "12s", "3m 20s", "2h 5m", "3d 4h".
std::string describe_duration(std::chrono::milliseconds duration);

using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

/// "2026-03-01T12:00:00.123Z"
std::string time_text(WallTime time);
std::optional<WallTime> parse_time(std::string_view text);

/// A whole decimal number in [least, most]; empty for anything else, blanks and signs that do not belong included.
std::optional<long long> parse_integer(std::string_view text, long long least, long long most);

/// Digits and nothing else: what always means a number, be it too large for one.
bool is_digits(std::string_view text);

/// "TERM", "SIGTERM", "15", "RTMIN+3" (case does not matter) to the number; empty if there is none.
std::optional<int> parse_signal(std::string_view text);
/// "SIGTERM"; "SIG99" for a number that has no name.
std::string signal_name(int signal);

/// Why `name` cannot be a job's name, in words; empty if it can.
std::string job_name_problem(std::string_view name);

}  // namespace brood
