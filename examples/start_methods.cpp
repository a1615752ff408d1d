// SPDX-License-Identifier: MIT
/// \example start_methods.cpp
/// The three start methods: what a child has of its parent's memory. Under `fork` it is a copy, under the others a fresh
/// image of the program in which only main()'s first line has run.
#include <brood/context.hpp>
#include <brood/init.hpp>
#include <brood/process.hpp>

#include <iostream>

int counter = 0;

int report() { return counter; }  // what an int function returns is the exit code
BROOD_TARGET(report);

int main(int argc, char** argv) {
  brood::init(argc, argv);
  counter = 42;
  for (const brood::StartMethod method : brood::get_all_start_methods()) {
    brood::Process child = brood::Context(method).Process({.target = report});
    child.start();
    std::cout << to_string(method) << ": " << child.join().value() << '\n';
  }
}
