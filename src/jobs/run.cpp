// SPDX-License-Identifier: MIT
#include "brood/text.hpp"
#include "jobs/keys.hpp"
#include "jobs/launch_order.hpp"
#include "jobs/registry_impl.hpp"
#include "monitor/serve.hpp"
#include "store/family.hpp"

namespace brood {
namespace {

using jobs::Purpose;

// What the end of a foreground job waits for: first the daemonic ones among the jobs that were started inside it, which
// end by themselves now, then the others. multiprocessing ends its processes in that order, too.
std::vector<os::Fd> unfinished_children(Registry& registry, const store::StateDir& state, JobId parent) {
  std::vector<os::Fd> daemonic, others;
  for (const JobId id : store::children_of(state, parent)) {
    try {
      const jobs::OpenJob job = jobs::need_job(state, id);
      const JobInfo info = jobs::examine(job).info;
      if (!is_live(info.state)) continue;
      // Without a monitor nothing ends it but us.
      if (info.daemon && info.state == JobState::orphaned) (void)registry.terminate({id});
      if (auto end = jobs::watch_end(job)) (info.daemon ? daemonic : others).push_back(std::move(end));
    } catch (const Error&) {
      // It has been closed, or cannot be read: nothing that could be waited for.
    }
  }
  return daemonic.empty() ? std::move(others) : std::move(daemonic);
}

}  // namespace

RunResult Registry::run(const JobSpec& asked) {
  const JobSpec spec = jobs::completed(asked, impl().find());
  jobs::check(spec, Purpose::run);
  const auto outer = jobs::outer_job(*this);
  jobs::refuse_in_daemon(outer, "run '" + printable(spec.name) + "'");
  const auto key = jobs::key_in_file(spec.authkey_file);
  monitor::Order order =
      jobs::make_order(spec, jobs::parentage_of(*this, outer, spec, true), key, impl().make(), Purpose::run);
  const auto others = [this](JobId id) { return unfinished_children(*this, *impl().find(), id); };
  const auto end = monitor::serve_foreground(order, asked.keep || !asked.name.empty(), others);
  return {end.status, end.timed_out};
}

}  // namespace brood
