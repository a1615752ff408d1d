// SPDX-License-Identifier: MIT
// The command line, read as the command does, with nothing of it done. Words are separated by NUL, or by line breaks
// where there is no NUL.
#include <algorithm>
#include <cerrno>

#include "cli/foresee.hpp"
#include "cli/invocation.hpp"
#include "fuzz/fuzz.hpp"

using namespace brood;
using namespace brood::cli;
using namespace brood::fuzz;

namespace {

// What can be told from outside of what was understood.
struct Outcome {
  std::string command;
  std::vector<std::string> target;
  bool is_refused = false;
  bool has_words = false;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome outcome_of(const std::vector<std::string>& arguments) {
  Invocation invocation;
  Outcome outcome;
  // A file of variables may be missing, or something that is no file.
  const auto system = [](int code) { return std::error_code(code, std::system_category()); };
  outcome.is_refused =
      !accepts([&] { read_command_line(arguments, invocation); },
               {Errc::bad_value, Errc::bad_name, system(ENOENT), system(ENOTDIR), system(EISDIR),
                system(EACCES), system(ENAMETOOLONG), system(ELOOP), system(ENXIO)});
  outcome.command = invocation.command;
  outcome.target = invocation.target;
  outcome.has_words = invocation.words.has_value();
  if (!outcome.is_refused)
    require(outcome.has_words || invocation.action, "what is not refused has something to do or to say");
  if (outcome.has_words) require(!invocation.words->empty(), "what is to be printed are words");
  return outcome;
}

void try_foresight(const std::vector<std::string>& arguments) {
  std::vector<const char*> words{"brood"};
  for (const auto& word : arguments) words.push_back(word.c_str());
  (void)will_fork_monitor(static_cast<int>(words.size()), words.data());
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(data, size);
  auto arguments = split(text, text.find('\0') == std::string_view::npos ? '\n' : '\0');
  const Outcome outcome = outcome_of(arguments);
  if (!outcome.target.empty()) {
    require(outcome.target.size() <= arguments.size(), "a target has no more words than there were");
    require(std::equal(outcome.target.rbegin(), outcome.target.rend(), arguments.rbegin()),
            "a target is passed on word by word");
  }
  try_foresight(arguments);
  // With an option there is something to parse; without, a shorter way is taken. They must agree.
  arguments.insert(arguments.begin(), "-q");
  require(outcome_of(arguments) == outcome, "an option that changes nothing changes nothing");
  return 0;
}
