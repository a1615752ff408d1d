// SPDX-License-Identifier: MIT
/// \example daemon.cpp
/// The end of a program: daemons are ended, the others waited for.
#include <brood/init.hpp>
#include <brood/process.hpp>
#include <brood/this_process.hpp>

#include <unistd.h>

#include <iostream>

void serve_for_ever() { ::pause(); }
BROOD_TARGET(serve_for_ever);

void finish_work() { std::cout << brood::this_process().name() << " has finished\n"; }
BROOD_TARGET(finish_work);

int main(int argc, char** argv) {
  brood::init(argc, argv);
  brood::at_exit(brood::ExitHook::after_children, [] { std::cout << "nobody is left\n"; });

  // Not waited for by their destructors: that is for the end of the program to do.
  brood::Process server({.target = serve_for_ever, .name = "server", .daemon = true});
  brood::Process worker({.target = finish_work, .name = "worker", .on_destroy = brood::OnDestroy::detach});
  server.start();
  worker.start();
  worker.join();
  std::cout << "main() ends\n";
}
