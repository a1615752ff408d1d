// SPDX-License-Identifier: MIT

/// \example registry.cpp
/// Starts a job that outlives whoever started it, and finds it again.
///
/// A job is kept in a state directory, where any other program, and the `brood` command, can see it: the one that
/// starts it need not be the one that waits for it, reads its output or ends it.

#include <brood/logs.hpp>
#include <brood/registry.hpp>
#include <iostream>

namespace {

brood::JobId start_greeting() {
  brood::Registry registry;  // the default state directory, as the command has it
  brood::JobSpec spec;
  spec.name = "greeting";
  spec.target = {"sh", "-c", "echo hello; exit 3"};
  return registry.start(spec);  // the target has been executed, or this has thrown
}

int show_greeting(brood::JobId id) {
  brood::Registry registry;  // this may be another program, on another day
  const auto job = registry.join(id);
  std::cout << job->name << " is " << to_string(job->state);
  if (job->exit_status) std::cout << " with " << job->exit_status->exitcode();
  std::cout << ", and said:\n";
  brood::read_logs(registry, {id}, {}, [](std::string_view bytes) {
    std::cout << bytes;
    return true;
  });
  registry.close(id);  // forgets the job and removes its files
  std::cout << "jobs left: " << registry.list().size() << "\n";
  return 0;
}

}  // namespace

int main() try { return show_greeting(start_greeting()); } catch (const brood::Error& error) {
  std::cerr << error.what() << "\n";
  return error.exit_status();
}
