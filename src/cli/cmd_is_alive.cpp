// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"

namespace brood::cli {

Action setup_is_alive(const Setup& setup) {
  OptionSet& set = setup.options;
  auto job = std::make_shared<std::string>();
  add_job(set, *job);
  return [&globals = setup.globals, job] {
    const JobInfo info = globals.open().find(*job).front();
    if (info.state == JobState::damaged)
      throw Error(info.problem_code, "job " + std::to_string(info.id) + ": " + info.problem);
    const bool is_alive = is_live(info.state);
    if (globals.json) print(is_alive ? "true\n" : "false\n");
    return is_alive ? exit_done : exit_no;
  };
}

}  // namespace brood::cli
