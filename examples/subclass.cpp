// SPDX-License-Identifier: MIT
/// \example subclass.cpp
/// A subclass with a run() of its own, and how a process ends: by returning, by brood::exit(), by an exception, by a
/// signal.
#include <brood/process.hpp>
#include <brood/this_process.hpp>

#include <unistd.h>

#include <iostream>

class Worker : public brood::Process {
 public:
  enum class Task { succeed, give_up, hang };
  explicit Worker(Task task) : task_(task) {}

  int run() override {
    switch (task_) {
      case Task::succeed: return 0;
      case Task::give_up: brood::exit(3);
      case Task::hang: ::pause();
    }
    return 1;
  }

 private:
  Task task_;
};

int main() {
  Worker good(Worker::Task::succeed), bad(Worker::Task::give_up), slow(Worker::Task::hang);
  for (Worker* worker : {&good, &bad, &slow}) worker->start();
  slow.terminate();
  for (Worker* worker : {&good, &bad, &slow}) {
    worker->join();
    std::cout << worker->name() << ": " << worker->exitcode().value() << '\n';
  }
}
