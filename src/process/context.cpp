// SPDX-License-Identifier: MIT
#include "brood/context.hpp"

#include <mutex>

#include "brood/text.hpp"
#include "process/self.hpp"
#include "process/server_client.hpp"

namespace brood {
namespace {

std::mutex executable_mutex;
std::string chosen_executable;

StartMethod parsed(std::string_view word) {
  if (const auto method = parse_start_method(word)) return *method;
  throw Error(Errc::unknown_start_method, "choose the start method '" + printable(word) + "'");
}

}  // namespace

void set_start_method(StartMethod method, bool is_forced) {
  process::Self& me = process::self();
  const std::lock_guard lock(me.mutex);
  if (me.method && !is_forced)
    throw Error(Errc::context_already_set, "choose the start method " + std::string(to_string(method)));
  me.method = method;
}

void set_start_method(std::string_view method, bool is_forced) {
  set_start_method(parsed(method), is_forced);
}

void reset_start_method() {
  process::Self& me = process::self();
  const std::lock_guard lock(me.mutex);
  me.method.reset();
}

StartMethod get_start_method() { return decided_start_method().value_or(start_methods().front()); }

std::optional<StartMethod> decided_start_method() {
  process::Self& me = process::self();
  const std::lock_guard lock(me.mutex);
  return me.method;
}

std::vector<StartMethod> get_all_start_methods() {
  const auto all = start_methods();
  return {all.begin(), all.end()};
}

Context::Context(std::string_view method) : method_(parsed(method)) {}

void set_executable(std::string path) {
  const std::lock_guard lock(executable_mutex);
  chosen_executable = std::move(path);
}

namespace process {

StartMethod decide_start_method() {
  Self& me = self();
  const std::lock_guard lock(me.mutex);
  if (!me.method) me.method = start_methods().front();
  return *me.method;
}

std::string executable() {
  const std::lock_guard lock(executable_mutex);
  return chosen_executable;
}

}  // namespace process

namespace fork_server {

std::optional<pid_t> pid() { return process::self().server->pid(); }
bool stop() { return process::self().server->stop(); }

}  // namespace fork_server
}  // namespace brood
