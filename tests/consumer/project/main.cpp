// usage: stranger STATE-DIRECTORY
#include <brood/logs.hpp>
#include <brood/registry.hpp>
#include <iostream>

#include "start.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  brood::Registry registry(argv[1]);
  const auto job = registry.join(start(registry, "true"));
  std::cout << "true: " << job->exit_status->exitcode() << "\n";
  try {
    start(registry, "/nowhere/to/be/found");
  } catch (const brood::Error& error) {
    std::cout << "nowhere: " << error.exit_status() << " " << brood::error_code_name(error.code()) << "\n";
  }
  registry.close(job->id);
  std::cout << "left: " << registry.list().size() << "\n";
}
