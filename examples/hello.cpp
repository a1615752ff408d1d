// SPDX-License-Identifier: MIT
/// \example hello.cpp
/// A function in a process of its own.
#include <brood/init.hpp>
#include <brood/process.hpp>

#include <iostream>
#include <string>

void f(const std::string& name) { std::cout << "hello " << name << '\n'; }
BROOD_TARGET(f);

int main(int argc, char** argv) {
  brood::init(argc, argv);
  brood::Process p({.target = f, .args = {"bob"}});
  p.start();
  p.join();
}
