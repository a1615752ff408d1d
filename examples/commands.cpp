// SPDX-License-Identifier: MIT
/// \example commands.cpp
/// Commands as processes: input and output through pipes, and waiting for whichever is ready first.
#include <brood/process.hpp>
#include <brood/wait.hpp>

#include <unistd.h>

#include <array>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

std::string read_all(int fd) {
  std::string text;
  std::array<char, 4096> buffer;
  for (ssize_t n; (n = ::read(fd, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(n));
  return text;
}

int main() {
  using brood::Command, brood::Process, brood::Stream;

  Process sorter({.target = Command{"sort", "-n"}, .in = Stream::pipe(), .out = Stream::pipe()});
  sorter.start();
  constexpr std::string_view numbers = "10\n9\n2\n";
  if (::write(sorter.input(), numbers.data(), numbers.size()) < 0) return 1;
  sorter.close_input();
  std::cout << read_all(sorter.output());
  sorter.join();

  Process slow({.target = Command{"sleep", "60"}, .name = "slow"});
  Process quick({.target = Command{"sh", "-c", "exit 7"}, .name = "quick"});
  slow.start();
  quick.start();
  for (const std::size_t index : brood::wait({slow, quick}))
    std::cout << (index == 0 ? slow : quick).name() << " was first\n";
  std::cout << "exit code " << quick.exitcode().value() << '\n';
  slow.kill();
  slow.join();
  std::cout << slow.name() << ": " << slow.exitcode().value() << '\n';

  try {
    Process missing({.target = Command{"no-such-program"}});
    missing.start();
  } catch (const brood::Error& problem) {
    std::cout << problem.what() << ", as a shell says: " << problem.exit_status() << '\n';
  }
}
