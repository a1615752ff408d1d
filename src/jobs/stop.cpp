// SPDX-License-Identifier: MIT
#include <algorithm>
#include <csignal>
#include <functional>
#include <span>
#include <utility>

#include "base/during.hpp"
#include "control/client.hpp"
#include "jobs/direct_stop.hpp"
#include "jobs/keys.hpp"
#include "jobs/launching.hpp"
#include "jobs/monitor_link.hpp"
#include "jobs/parent.hpp"
#include "jobs/registry_impl.hpp"
#include "os/clock.hpp"
#include "os/poll.hpp"
#include "os/proc.hpp"
#include "os/process.hpp"
#include "os/watch.hpp"
#include "sentinel/sentinel.hpp"
#include "store/names.hpp"

namespace brood {
namespace {

using control::Kind;
using control::Request;
using namespace std::chrono_literals;

// A monitor that has not even taken the request up by then is stopped or in trouble, and is passed over. The handshake is
// part of it.
constexpr auto patience = 2s;
// A monitor may have dropped us before we were through, because this process did not come to its turn in time.
constexpr int most_tries = 3;

// One job that is being ended. All are begun before the first is waited for.
class Ending {
 public:
  Ending(jobs::OpenJob job, jobs::Keys keys, Request request, const std::string& verb)
      : job_(std::move(job)),
        keys_(std::move(keys)),
        request_(std::move(request)),
        what_(verb + " job " + std::to_string(job_.dir.id)) {}

  void begin(os::SteadyTime deadline);
  /// Is the request still to be sent, when the monitor has said its part?
  bool is_waiting() const { return client_ && !is_cut_off_ && !client_->is_through(); }
  int fd() const { return client_->fd(); }
  void advance();
  /// Until all is gone. The monitor has time until the deadline to take the request up.
  void finish(os::SteadyTime deadline);
  /// Was it the monitor who carried it out?
  bool was_done_by_monitor() const { return was_done_by_monitor_; }
  /// As it was when it was last begun.
  const JobInfo& before() const { return before_; }

 private:
  enum class Heard { done, gone, silent };
  Heard hear(os::SteadyTime deadline);
  Heard answer(os::SteadyTime deadline);
  bool was_dropped() const;
  bool await_keeper();
  void end_directly(const store::Record& record) const;

  jobs::OpenJob job_;
  jobs::Keys keys_;
  Request request_;
  std::string what_;
  JobInfo before_;
  int tries_ = 0;
  std::optional<control::Client> client_;
  bool is_out_of_reach_ = false;  // it lets nobody in
  bool is_cut_off_ = false;       // nothing more will come from it
  bool was_done_by_monitor_ = false;
  std::optional<Error> failure_;
};

void Ending::begin(os::SteadyTime deadline) {
  const JobInfo info = jobs::examine(job_).info;
  // What the record does not tell, or not yet, its keeper knows.
  if (!sentinel::is_held(job_.dir.fd.get())) {
    if (info.state == JobState::damaged) jobs::refuse_damaged(info);
    if (info.state == JobState::created) throw Error(Errc::not_started, what_);
  }
  if (info.state == JobState::orphaned && request_.kind == Kind::restart)
    throw Error(
        Errc::unsupported, what_ + ": its monitor was killed, and its environment with it",
        "brood terminate " + std::to_string(job_.dir.id) + " ends it; then it can be launched from here");
  before_ = info;
  ++tries_;
  client_.reset();
  is_out_of_reach_ = is_cut_off_ = false;
  try {
    client_ = jobs::connect_to_monitor(job_, keys_, deadline);
    if (client_) client_->send(request_);
  } catch (const Error& problem) {
    if (!jobs::is_no_answer(problem)) throw;
    is_out_of_reach_ = true;
  }
}

void Ending::advance() {
  try {
    is_cut_off_ = !client_->advance();
  } catch (const Error& problem) {
    failure_ = problem;
    is_cut_off_ = true;
  }
}

Ending::Heard Ending::answer(os::SteadyTime deadline) {
  if (is_out_of_reach_) return Heard::silent;
  if (!client_) return Heard::gone;
  if (failure_) throw Error(*std::exchange(failure_, {}));
  auto answer = client_->answer(deadline);
  if (!answer) return os::steady_now() >= deadline && !is_cut_off_ ? Heard::silent : Heard::gone;
  if (answer->kind == Kind::accepted) answer = client_->answer();
  if (!answer) return Heard::gone;
  // The job is over, and what its target left behind is all that it still looks after.
  if (request_.kind == Kind::restart && answer->code == Errc::monitor_gone) return Heard::gone;
  if (answer->kind == Kind::failed)
    throw Error(answer->code, answer->doing).with_exit_status(answer->exit_status);
  was_done_by_monitor_ = true;
  return Heard::done;
}

// `gone`: nobody listens, or the monitor ended before it could answer.
Ending::Heard Ending::hear(os::SteadyTime deadline) {
  try {
    return answer(deadline);
  } catch (const Error& problem) {
    if (jobs::is_no_answer(problem)) return Heard::gone;
    if (problem.code() == Errc::authentication_failed) jobs::refuse_key(keys_, what_);
    throw jobs::explained(problem, what_);
  }
}

bool Ending::was_dropped() const {
  return client_ && !client_->is_through() && tries_ < most_tries && sentinel::is_held(job_.dir.fd.get());
}

void Ending::end_directly(const store::Record& record) const {
  if (!jobs::is_possible_key(keys_, job_.dir)) jobs::refuse_key(keys_, what_);
  Request own = request_;
  own.grace = request_.grace.value_or(record.spec.grace);
  if (request_.kind == Kind::restart) own.kind = Kind::stop;
  if (own.kind == Kind::stop) own.signal = record.spec.stop_signal;
  if (request_.kind == Kind::signal)
    jobs::signal_directly(record.info, own, what_);
  else
    jobs::stop_directly(record.info, own, what_);
}

// Processes that the ended target left behind, as far as the record knows. A monitor that leaves in peace leaves none.
bool has_orphans(const JobInfo& info) {
  return is_over(info.state) && info.orphans > 0 && os::is_here(info.boot_id, info.pid_namespace);
}

// Its monitor was killed, and its guard is about to take over, if it has one. False if nobody comes up in time.
bool Ending::await_keeper() {
  os::Watch watch;
  (void)watch.add(job_.dir.path);
  for (const os::SteadyTime give_up = os::steady_now() + patience;;) {
    begin(give_up);
    const JobInfo now = jobs::examine(job_).info;
    const bool is_held = sentinel::is_held(job_.dir.fd.get());
    if (client_ || (!is_held && !has_orphans(now))) return true;
    if ((!is_held && now.start_method != StartMethod::forkserver) || os::steady_now() >= give_up)
      return false;
    watch.wait(std::min(give_up, os::steady_now() + 20ms));
  }
}

void Ending::finish(os::SteadyTime deadline) {
  for (;; deadline = os::steady_now() + patience) {
    Heard heard = hear(deadline);
    if (heard == Heard::done) return;
    if (heard == Heard::silent && jobs::wake_monitor(jobs::examine(job_).info)) {
      const os::SteadyTime again = os::steady_now() + patience;
      if (!client_) begin(again);
      heard = hear(again);
    }
    const store::Record now = jobs::examine(job_);
    if (heard == Heard::done) return;
    if (heard == Heard::gone && was_dropped()) {
      begin(os::steady_now() + patience);
      continue;
    }
    if (now.info.state == JobState::damaged) jobs::refuse_damaged(now.info);
    const bool leaves_orphans = has_orphans(now.info);
    const bool is_all = !leaves_orphans || request_.kind == Kind::restart;  // which sees to the rest itself
    if (is_over(now.info.state) && heard == Heard::gone && is_all) return;
    if (now.info.state == JobState::orphaned || heard == Heard::silent) return end_directly(now);
    // It is still called live, and nobody listens. Either it is changing hands, or it cannot be reached from here.
    if (!leaves_orphans && now.info.state == before_.state && !sentinel::is_held(job_.dir.fd.get()))
      throw Error(Errc::monitor_gone, what_,
                  now.info.host.empty() ? "" : "it is a job of host " + now.info.host);
    if (await_keeper()) continue;
    if (leaves_orphans)
      throw Error(
          Errc::monitor_gone,
          what_ + ": its monitor was killed, and what its target left behind cannot be told any more");
    return end_directly(jobs::examine(job_));
  }
}

// Monitors that are slow or stopped hold up none of the others: all are talked to at once, until every request is on its
// way or the time is up.
void send_requests(std::vector<std::pair<JobId, Ending>>& endings, os::SteadyTime deadline) {
  for (;;) {
    std::vector<pollfd> fds;
    std::vector<Ending*> waiting;
    for (auto& [id, ending] : endings) {
      if (!ending.is_waiting()) continue;
      fds.push_back({ending.fd(), POLLIN, 0});
      waiting.push_back(&ending);
    }
    if (fds.empty() || !os::poll(fds, deadline)) return;
    for (std::size_t i = 0; i < fds.size(); ++i)
      if (fds[i].revents) waiting[i]->advance();
  }
}

using Opener = std::function<jobs::OpenJob(JobId)>;

// Where jobs are found, and what there is to show to their monitors.
struct Access {
  Opener open;
  std::function<jobs::Keys()> keys;
};

// `ended` are those that ended otherwise than by their monitor's doing, if somebody wants to know.
void end_at_once(std::span<const JobId> ids, const Access& access, const Request& request, const char* verb,
                 std::vector<JobFailure>& failures, std::vector<JobInfo>* ended) {
  std::vector<std::pair<JobId, Ending>> endings;
  const auto doing = [&](JobId id) { return std::string(verb) + " job " + std::to_string(id); };
  const os::SteadyTime deadline = os::steady_now() + patience;
  for (const JobId id : ids) {
    try {
      during(doing(id), [&] {
        auto job = access.open(id);
        Ending ending(std::move(job), access.keys(), request, verb);
        ending.begin(deadline);
        endings.emplace_back(id, std::move(ending));
      });
    } catch (const Error& problem) {
      failures.push_back({id, problem});
    }
  }
  send_requests(endings, deadline);
  for (auto& [id, ending] : endings) {
    try {
      during(doing(id), [&each = ending, deadline] { each.finish(deadline); });
      if (ended && !ending.was_done_by_monitor()) ended->push_back(ending.before());
    } catch (const Error& problem) {
      failures.push_back({id, problem});
    }
  }
}

// Each takes some descriptors meanwhile. Where there are too many, one lot follows the other.
std::vector<JobFailure> end_all(const std::vector<JobId>& ids, const Access& access, const Request& request,
                                const char* verb, std::vector<JobInfo>* ended = nullptr) {
  constexpr std::size_t each = 5, others = 12, most_at_once = 1000;
  const os::MoreDescriptors more;
  const std::size_t room = more.most() > others ? (more.most() - others) / each : 0;
  std::vector<JobFailure> failures;
  for (std::span<const JobId> left = ids; !left.empty();) {
    const std::size_t count = std::min(left.size(), std::clamp(room, std::size_t{1}, most_at_once));
    end_at_once(left.first(count), access, request, verb, failures, ended);
    left = left.subspan(count);
  }
  return failures;
}

void launch_again(Registry& registry, const store::StateDir& state, const jobs::Keys& keys,
                  const jobs::OpenJob& job) {
  const std::string doing = "restart job " + std::to_string(job.dir.id);
  if (!jobs::is_possible_key(keys, job.dir)) jobs::refuse_key(keys, doing);
  jobs::refuse_in_daemon(jobs::outer_job(registry), doing);
  store::Record record = jobs::examine(job);
  if (record.info.stdout_log.empty())
    throw Error(Errc::unsupported, doing + ": it was run in the foreground");
  try {
    jobs::launch_recorded(state, job, std::move(record), true);
  } catch (const Error& problem) {
    // Somebody else does the same at the same time, and was faster.
    if (problem.code() != Errc::already_started) throw problem.during(doing);
  }
}

}  // namespace

std::vector<JobFailure> Registry::terminate(const std::vector<JobId>& jobs,
                                            std::optional<std::chrono::milliseconds> grace, Scope scope) {
  const Access access{[this](JobId id) { return impl().open(id); }, [this] { return impl().keys(); }};
  return end_all(jobs, access, {Kind::stop, scope, grace, 0, {}}, "terminate");
}

std::vector<JobFailure> Registry::kill(const std::vector<JobId>& jobs, Scope scope) {
  const Access access{[this](JobId id) { return impl().open(id); }, [this] { return impl().keys(); }};
  return end_all(jobs, access, {Kind::kill, scope, {}, SIGKILL, {}}, "kill");
}

std::vector<JobFailure> Registry::restart(const std::vector<JobId>& jobs,
                                          std::optional<std::chrono::milliseconds> grace) {
  const Access access{[this](JobId id) { return impl().open(id); }, [this] { return impl().keys(); }};
  std::vector<JobInfo> ended;
  auto failures = end_all(jobs, access, {Kind::restart, Scope::tree, grace, 0, {}}, "restart", &ended);
  // What has no monitor that could launch it is launched from here, once nothing of it is left.
  for (const JobInfo& before : ended) {
    const JobId id = before.id;
    std::vector<JobFailure> left;
    try {
      const JobInfo now = info(id);
      if (is_live(now.state) && now.pid == before.pid)
        throw Error(Errc::monitor_gone, "restart job " + std::to_string(id));
      if (is_live(now.state)) continue;  // somebody else was faster: what runs is not to be ended for us
      if (has_orphans(now)) left = terminate({id}, grace);
      if (left.empty()) launch_again(*this, *impl().find(), impl().keys(), impl().open(id));
    } catch (const Error& problem) {
      left.push_back({id, problem});
    }
    failures.insert(failures.end(), left.begin(), left.end());
  }
  return failures;
}

void Registry::signal(JobId id, int signal, Scope scope) {
  during("signal job " + std::to_string(id), [&] {
    jobs::OpenJob job = impl().open(id);
    Ending ending(std::move(job), impl().keys(), {Kind::signal, scope, {}, signal, {}}, "signal");
    const os::SteadyTime deadline = os::steady_now() + patience;
    ending.begin(deadline);
    ending.finish(deadline);
  });
}

}  // namespace brood
