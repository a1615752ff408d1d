// SPDX-License-Identifier: MIT
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
  const JobId id = registry.find(options.job).front().id;
  registry.start(id);
  return id;
}

}  // namespace

Action setup_start(CLI::App& app, const Globals& globals, const std::vector<std::string>& target) {
  auto options = std::make_shared<Options>();
  add_launch_options(app, options->spec);
  add_background_options(app, options->spec);
  CLI::Option* unique = app.add_flag("--unique", options->unique, "Refuse if a live job bears this name");
  CLI::Option* replace = app.add_flag("--replace", options->replace, "Terminate a live job of this name first");
  CLI::Option* reuse = app.add_flag("--reuse", options->reuse, "Print the id of a live job of this name instead");
  unique->excludes(replace)->excludes(reuse);
  replace->excludes(reuse);
  app.add_option("--job", options->job, "Start this created job")->type_name("JOB");
  return [&globals, &target, options] {
    options->spec.target = target;
    Registry registry = globals.open();
    log_step("state directory " + registry.path());
    const JobId id = start(registry, *options, target);
    print(globals.json ? job_json(registry.info(id)) : std::to_string(id) + "\n");
    return exit_done;
  };
}

}  // namespace brood::cli
