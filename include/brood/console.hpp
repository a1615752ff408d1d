// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace brood {

/// The little that a command line needs of the process it lives in.
namespace console {

enum class Stream { input = 0, output = 1, error = 2 };

/// Gives descriptors 0, 1 and 2 to the null device where the caller left them closed, so that no file opened later
/// takes their place. Writing to them fails all the same.
void open_missing_streams();

/// Makes writing beyond the limit of file sizes an error instead of a death by SIGXFSZ; targets get it as it was.
void ignore_file_size_signal();

bool is_terminal(Stream stream);
/// Columns of the terminal on `stream`; empty if there is none.
std::optional<std::size_t> width(Stream stream);

/// Writes all of `text`; throws Error if that cannot be done.
void write(Stream stream, std::string_view text);

/// Ends this process by `signal` as if it had come from outside, without a core. Process 1 cannot die of a signal: it
/// exits with 128+signal.
[[noreturn]] void die_by_signal(int signal);

/// Ends this process at once: nothing is flushed, no destructor runs.
[[noreturn]] void exit_now(int status);

/// Was this descriptor open when the process was executed? Those that it has opened since are close-on-exec.
bool is_inherited(int fd);

/// The whole of a file, unless it has more than `most` bytes or cannot be read; throws Error.
std::string read_file(const std::string& path, std::size_t most);

std::optional<std::string> environment(const char* name);

}  // namespace console
}  // namespace brood
