// SPDX-License-Identifier: MIT
/// \example pool.cpp
/// Functions that are called in other processes: one result, many in order, and what becomes of a call that fails.
#include <brood/init.hpp>
#include <brood/pool.hpp>

#include <csignal>
#include <iostream>
#include <stdexcept>

namespace {

int square(int number) { return number * number; }

std::string greeting(const std::string& name) {
  if (name.empty()) throw std::invalid_argument("nobody to greet");
  return "hello " + name;
}

void crash() { std::raise(SIGKILL); }

}  // namespace

BROOD_TARGET(square);
BROOD_TARGET(greeting);
BROOD_TARGET(crash);

int main(int argc, char** argv) {
  brood::init(argc, argv);
  brood::Pool pool(2);

  std::cout << pool.apply(greeting, "bob") << '\n';

  const std::vector<int> numbers{1, 2, 3, 4, 5};
  for (const int result : pool.map(square, numbers)) std::cout << result << ' ';
  std::cout << '\n';

  const auto nobody = pool.apply_async(greeting, "");
  const auto crashed = pool.apply_async(crash);
  try {
    nobody.get();
  } catch (const brood::Error& problem) {
    std::cout << problem.what() << '\n';
  }
  try {
    crashed.get();
  } catch (const brood::WorkerDied& death) {
    std::cout << "a worker was killed by signal " << death.exit_status()->signal() << '\n';
  }

  auto squares = pool.imap(square, numbers);  // one at a time, as they come
  while (const auto result = squares.next()) std::cout << *result << ' ';
  std::cout << '\n';

  pool.close();
  pool.join();
}
