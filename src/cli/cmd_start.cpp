// SPDX-License-Identifier: MIT
#include "brood/job.hpp"

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/log.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/output_json.hpp"

namespace brood::cli {
namespace {

struct Options {
  JobSpec spec;
  std::string job;
  bool unique = false;
  bool replace = false;
  bool reuse = false;

  NameRule rule() const {
    return unique ? NameRule::unique : replace ? NameRule::replace : reuse ? NameRule::reuse : NameRule::any;
  }
};

JobId start(Registry& registry, const Options& options, const std::vector<std::string>& target) {
  if (options.job.empty()) return registry.start(options.spec, options.rule());
  if (!target.empty()) throw Error(Errc::bad_value, "start a created job: it has its command already");
  const Job job = registry.job(options.job);
  job.start();
  return job.id();
}

void add_options(OptionSet& set, Options& options) {
  add_launch_options(set, options.spec);
  add_background_options(set, options.spec);
  set.flag("--unique", "Refuse if a live job bears this name", options.unique);
  set.flag("--replace", "Terminate a live job of this name first", options.replace);
  set.flag("--reuse", "Print the id of a live job of this name instead", options.reuse);
  set.exclusive({"--unique", "--replace", "--reuse"});
  set.text("--job", "JOB", "Start this created job, as it was created", options.job);
  set.alone("--job");
}

}  // namespace

Action setup_start(const Setup& setup) {
  auto options = std::make_shared<Options>();
  add_options(setup.options, *options);
  return [&globals = setup.globals, &target = setup.target, options] {
    options->spec.target = target;
    check_passed(options->spec);
    Registry registry = globals.open();
    log_step("state directory " + registry.path());
    const JobId id = start(registry, *options, target);
    try {
      print(globals.json ? job_json(registry.info(id)) : std::to_string(id) + "\n");
    } catch (const Error& problem) {
      // Without a standard output nobody asked for the id.
      if (problem.code() == std::errc::bad_file_descriptor) return exit_done;
      throw problem.during("tell that job " + std::to_string(id) + " has started");
    }
    return exit_done;
  };
}

}  // namespace brood::cli
