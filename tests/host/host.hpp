// SPDX-License-Identifier: MIT
// A program that is a hostile host to the library: it puts itself into a circumstance, starts and joins children in it,
// and says one fact a line. A test case runs it and knows what the facts must be.
//
//   brood_host CIRCUMSTANCE METHOD [ARGUMENT...]
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "brood/context.hpp"
#include "brood/init.hpp"
#include "brood/process.hpp"
#include "brood/this_process.hpp"
#include "brood/wait.hpp"

namespace brood::host {

struct Setting {
  StartMethod method = StartMethod::fork;
  std::vector<std::string> arguments;

  bool is(std::string_view argument) const;
  int number(std::size_t index) const { return std::stoi(arguments.at(index)); }
};

bool add(const char* name, std::function<void(const Setting&)> body);
/// HOST_CIRCUMSTANCE("name") { ... setting ... }
#define HOST_JOIN(a, b) HOST_JOINED(a, b)
#define HOST_JOINED(a, b) a##b
#define HOST_CIRCUMSTANCE_NAMED(name, function)                                         \
  static void function(const ::brood::host::Setting& setting);                          \
  [[maybe_unused]] static const bool HOST_JOIN(function, _added) = add(name, function); \
  static void function([[maybe_unused]] const ::brood::host::Setting& setting)
#define HOST_CIRCUMSTANCE(name) HOST_CIRCUMSTANCE_NAMED(name, HOST_JOIN(circumstance_, __LINE__))

/// Writes a line to what was standard output when the program began, unbuffered and at once.
void say(const std::string& fact);
/// Its descriptor: above 99, close-on-exec.
int facts();

/// "7", "-9", "unknown", or "alive".
std::string end_of(Process& child);
/// What went wrong, or "nothing".
std::string problem_of(const std::function<void()>& action);
/// The number of processes that this one is the parent of, dead ones included, without the fork server.
std::string children_left();

/// Targets for all methods.
int answer(int number);
/// Reads until nobody holds the other end, and returns 0.
int stay(int fd);
/// Says that it is there, by a byte.
int stay_after_byte(int fd, int ready);

/// A pipe that closes itself; both ends close-on-exec and above 2.
struct Pipe {
  Pipe();
  ~Pipe();
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_read();
  void close_write();
  int read = -1;
  int write = -1;
};
/// Blocks for one byte; false at the end.
bool read_byte(int fd);
void write_byte(int fd);

/// Starts, joins and kills children of all kinds, and says how each of them ended.
void live_with_children(const Setting& setting, bool allow_threads = false);

/// A fork that the library knows nothing of.
pid_t raw_fork(const std::function<int()>& body);
/// Its wait status as end_of() would say it.
std::string raw_end(pid_t pid);

/// System calls fail from now on as on an older kernel, in this process and all that come from it: "ioctl" is the one
/// that tells the status of a child that was reaped, "clone3", "close_range", "pidfd_open".
void take_away(const std::string& call);

}  // namespace brood::host
