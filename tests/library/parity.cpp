// SPDX-License-Identifier: MIT
#include "library/parity.hpp"

#include <utility>

#include "brood/process.hpp"
#include "library/parity_differences.hpp"
#include "os/file.hpp"
#include "support/rendezvous.hpp"

namespace brood::test {
namespace {

std::map<std::string, const ParityCase*>& registered() {
  static std::map<std::string, const ParityCase*> cases;
  return cases;
}

// "a\nb \n" is "a / b".
std::string in_one_line(const std::string& text) {
  std::string line;
  std::string word;
  const auto take = [&] {
    while (!word.empty() && word.back() == ' ') word.pop_back();
    if (!word.empty()) line += (line.empty() ? "" : " / ") + word;
    word.clear();
  };
  for (const char c : text) {
    if (c == '\n')
      take();
    else
      word += c;
  }
  take();
  return line;
}

}  // namespace

Observed observe(const std::string& scenario, StartMethod method) {
  // Written before it begins: it may end without a look at it.
  Pipe input = make_pipe();
  os::write_all(input.write.get(), "data");
  input.write.reset();
  ProcessOptions options;
  options.target = Command{BROOD_SCENARIOS, scenario, std::string(to_string(method))};
  options.method = StartMethod::spawn;
  options.in = Stream::descriptor(input.read.get());
  options.out = options.err = Stream::pipe();
  // Only where it hangs, and so the test has failed.
  options.stop = Scope::tree;
  options.on_destroy = OnDestroy::terminate;
  options.grace = std::chrono::milliseconds(0);
  Process program(options);
  program.start();
  // Whoever outlives the program has its standard output, so this is the end of them, too.
  Observed seen{in_one_line(read_to_end(program.output())), read_to_end(program.error_output())};
  const int code = program.join().value();
  if (code != 0) seen.line += (seen.line.empty() ? "rc " : " rc ") + std::to_string(code);
  return seen;
}

ParityCase::ParityCase(const char* number, Expected python, Reading read)
    : number_(number), python_(std::move(python)), read_(read) {
  registered().emplace(number, this);
}

const std::map<std::string, const ParityCase*>& parity_cases() { return registered(); }

void ParityCase::check() const {
  for (const auto& expected : python_) {  // no structured binding: clang 14 captures none in a lambda
    const StartMethod method = expected.first;
    const std::string& python = expected.second;
    CAPTURE(to_string(method));
    const Observed seen = observe(number_, method);
    CAPTURE(seen.errors);
    const std::string brood = read_ ? read_(seen) : seen.line;
    const Row* row = find_difference(number_, method);
    if (brood == python) {
      CHECK_MESSAGE(!row, "no difference any more, but in parity_differences.hpp: ", brood);
    } else if (!row) {
      CHECK_MESSAGE(brood == python, "a difference that is not in parity_differences.hpp");
    } else {
      CHECK(row->python == python);
      CHECK(brood == row->brood);
    }
  }
}

}  // namespace brood::test
