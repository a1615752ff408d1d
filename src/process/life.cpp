// SPDX-License-Identifier: MIT
#include "process/life.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <typeinfo>

#include "brood/console.hpp"
#include "brood/text.hpp"
#include "brood/this_process.hpp"
#include "os/process.hpp"
#include "process/exit.hpp"
#include "process/self.hpp"

namespace brood {
namespace process {
namespace {

// What brood::exit() throws. None of std::exception, so that a handler of those lets it through.
struct ExitRequest {
  int code;
  std::string text;
};

void say(const std::string& line) noexcept {
  try {
    console::write(console::Stream::error, line + "\n");
  } catch (...) {
    // There is nobody left to tell.
  }
}

std::string demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(name, nullptr, nullptr, &status),
                                                    std::free);
  return status == 0 ? text.get() : name;
}

// Called in a handler.
void report_exception() {
  say("Process " + printable(this_process().name() + ": " + current_exception_text()));
}

constexpr int threw = 1;

int code_of(const std::function<int()>& work) {
  try {
    return work();
  } catch (const ExitRequest& request) {
    if (!request.text.empty()) say(request.text);
    return request.code;
  } catch (...) {
    report_exception();
    return threw;
  }
}

}  // namespace

std::string current_exception_text() {
  std::string text;
  if (const std::type_info* type = abi::__cxa_current_exception_type()) text = demangled(type->name());
  try {
    throw;
  } catch (const ExitRequest& request) {
    return request.text.empty() ? "brood::exit(" + std::to_string(request.code) + ")"
                                : "brood::exit(): " + request.text;
  } catch (const std::exception& problem) {
    return text + ": " + problem.what();
  } catch (...) {
    return text;
  }
}

void live(const std::function<int()>& target) noexcept {
  int code = code_of(target);
  const int ended = code_of([] {
    end_children();
    return 0;
  });
  if (ended != 0) code = ended;
  code_of([] {
    flush_streams();
    return 0;
  });
  os::exit_now(code & 0xff);
}

void die_unborn() noexcept { os::exit_now(threw); }

}  // namespace process

void exit(int code) {
  if (!process::self().runs_target) std::exit(code & 0xff);
  throw process::ExitRequest{code, {}};
}

void exit(std::string_view text) {
  if (!process::self().runs_target) {
    process::say(std::string(text));
    std::exit(process::threw);
  }
  throw process::ExitRequest{process::threw, std::string(text)};
}

}  // namespace brood
