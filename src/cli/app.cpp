// SPDX-License-Identifier: MIT
#include "cli/app.hpp"

#include "cli/exit_codes.hpp"
#include "cli/invocation.hpp"
#include "cli/log.hpp"
#include "cli/output.hpp"

namespace brood::cli {

int run_app(const std::vector<std::string>& arguments) {
  Invocation invocation;
  try {
    read_command_line(arguments, invocation);
    if (!invocation.words) {
      log_to_stderr(invocation.globals.verbose);
      return invocation.action();
    }
    print(*invocation.words);
    return exit_done;
  } catch (const Error& problem) {
    report(problem, invocation.globals.quiet);
    if (invocation.globals.json && invocation.command != "run") report_json(problem);
    return problem.exit_status();
  } catch (const std::exception& problem) {
    complain(problem.what());
    return exit_failed;
  }
}

}  // namespace brood::cli
