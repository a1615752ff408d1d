// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/output_json.hpp"

namespace brood::cli {
namespace {

struct Options {
  std::optional<std::string> method;
  bool all = false;
};

std::string known_methods(bool as_json) {
  std::vector<std::string> words;
  for (const StartMethod method : start_methods()) words.emplace_back(to_string(method));
  if (as_json) return words_json(words);
  std::string lines;
  for (const auto& word : words) lines += word + "\n";
  return lines;
}

int start_method(const Globals& globals, const Options& options) {
  if (options.all) {
    print(known_methods(globals.json));
  } else if (options.method) {
    globals.open().set_start_method(start_method_from("METHOD", *options.method));
  } else {
    const std::string word(to_string(globals.open().start_method()));
    print(globals.json ? word_json(word) : word + "\n");
  }
  return exit_done;
}

}  // namespace

Action setup_start_method(const Setup& setup) {
  OptionSet& set = setup.options;
  auto options = std::make_shared<Options>();
  set.positional("METHOD", "The new default: fork, spawn or forkserver", options->method);
  set.flag("--all", "List the start methods instead", options->all);
  set.exclusive({"--all", "METHOD"});
  return [&globals = setup.globals, options] { return start_method(globals, *options); };
}

}  // namespace brood::cli
