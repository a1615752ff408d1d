// SPDX-License-Identifier: MIT
#include <algorithm>
#include <csignal>
#include <functional>
#include <utility>

#include "control/client.hpp"
#include "jobs/direct_stop.hpp"
#include "jobs/registry_impl.hpp"
#include "os/clock.hpp"
#include "os/poll.hpp"
#include "os/watch.hpp"
#include "sentinel/sentinel.hpp"
#include "store/names.hpp"

namespace brood {
namespace {

using control::Kind;
using control::Request;
using namespace std::chrono_literals;

// A monitor that has not even taken the request up by then is stopped or in trouble, and is passed over.
constexpr auto patience = 2s;

// One job that is being ended. All are begun before the first is waited for.
class Ending {
 public:
  Ending(jobs::OpenJob job, Request request, const std::string& verb)
      : job_(std::move(job)),
        request_(std::move(request)),
        what_(verb + " job " + std::to_string(job_.dir.id)) {}

  void begin();
  /// Until all is gone.
  void finish();

 private:
  enum class Heard { done, gone, silent };
  Heard hear();
  bool await_keeper();
  void end_directly(const store::Record& record) const;

  jobs::OpenJob job_;
  Request request_;
  std::string what_;
  JobState before_ = JobState::running;
  std::optional<control::Client> client_;
};

void Ending::begin() {
  const JobInfo info = jobs::examine(job_).info;
  // What the record does not tell, or not yet, its keeper knows.
  if (!sentinel::is_held(job_.dir.fd.get())) {
    if (info.state == JobState::damaged) jobs::refuse_damaged(info);
    if (info.state == JobState::created) throw Error(Errc::not_started, what_);
  }
  before_ = info.state;
  client_ = control::Client::connect(job_.dir.fd.get(), job_.dir.path, store::names::control);
  try {
    if (client_) client_->send(request_);
  } catch (const Error&) {
    client_.reset();  // it left just now
  }
}

// `gone`: nobody listens, or the monitor ended before it could answer.
Ending::Heard Ending::hear() {
  if (!client_) return Heard::gone;
  const os::SteadyTime deadline = os::steady_now() + patience;
  try {
    auto answer = client_->answer(deadline);
    if (!answer) return os::steady_now() >= deadline ? Heard::silent : Heard::gone;
    if (answer->kind == Kind::accepted) answer = client_->answer();
    if (!answer) return Heard::gone;
    if (answer->kind == Kind::failed) throw Error(answer->code, answer->doing).during(what_);
    return Heard::done;
  } catch (const Error& problem) {
    if (problem.code() == std::errc::connection_reset) return Heard::gone;
    throw;
  }
}

void Ending::end_directly(const store::Record& record) const {
  Request own = request_;
  own.grace = request_.grace.value_or(record.spec.grace);
  if (request_.kind == Kind::stop) own.signal = record.spec.stop_signal;
  if (request_.kind == Kind::signal)
    jobs::signal_directly(record.info, own, what_);
  else
    jobs::stop_directly(record.info, own, what_);
}

// Its monitor was killed and its guard, who holds the sentinel all the time, is about to take over. False if nobody
// comes up in time.
bool Ending::await_keeper() {
  os::Watch watch;
  (void)watch.add(job_.dir.path);
  for (const os::SteadyTime give_up = os::steady_now() + patience;;) {
    begin();
    if (client_ || !sentinel::is_held(job_.dir.fd.get())) return true;
    if (os::steady_now() >= give_up) return false;
    std::vector<pollfd> one{{watch.fd(), POLLIN, 0}};
    (void)os::poll(one, std::min(give_up, os::steady_now() + 20ms));
    watch.drain();
  }
}

void Ending::finish() {
  for (;;) {
    Heard heard = hear();
    if (heard == Heard::done) return;
    const store::Record now = jobs::examine(job_);
    if (heard == Heard::silent && jobs::wake_monitor(now.info)) heard = hear();
    if (heard == Heard::done) return;
    if (now.info.state == JobState::damaged) jobs::refuse_damaged(now.info);
    if (is_over(now.info.state) && heard == Heard::gone) return;
    if (now.info.state == JobState::orphaned || heard == Heard::silent) return end_directly(now);
    // It is still called live, and nobody listens. Either it is changing hands, or it cannot be reached from here.
    if (now.info.state == before_ && !sentinel::is_held(job_.dir.fd.get()))
      throw Error(Errc::monitor_gone, what_,
                  now.info.host.empty() ? "" : "it is a job of host " + now.info.host);
    if (!await_keeper()) return end_directly(jobs::examine(job_));
  }
}

using Opener = std::function<jobs::OpenJob(JobId)>;

std::vector<JobFailure> end_all(const std::vector<JobId>& ids, const Opener& open, const Request& request,
                                const char* verb) {
  std::vector<JobFailure> failures;
  std::vector<std::pair<JobId, Ending>> endings;
  for (const JobId id : ids) {
    try {
      Ending ending(open(id), request, verb);
      ending.begin();
      endings.emplace_back(id, std::move(ending));
    } catch (const Error& problem) {
      failures.push_back({id, problem});
    }
  }
  for (auto& [id, ending] : endings) {
    try {
      ending.finish();
    } catch (const Error& problem) {
      failures.push_back({id, problem});
    }
  }
  return failures;
}

}  // namespace

std::vector<JobFailure> Registry::terminate(const std::vector<JobId>& jobs,
                                            std::optional<std::chrono::milliseconds> grace, Scope scope) {
  const auto open = [this](JobId id) { return impl_->open(id); };
  return end_all(jobs, open, {Kind::stop, scope, grace, 0, {}}, "terminate");
}

std::vector<JobFailure> Registry::kill(const std::vector<JobId>& jobs, Scope scope) {
  const auto open = [this](JobId id) { return impl_->open(id); };
  return end_all(jobs, open, {Kind::kill, scope, {}, SIGKILL, {}}, "kill");
}

void Registry::signal(JobId id, int signal, Scope scope) {
  Ending ending(impl_->open(id), {Kind::signal, scope, {}, signal, {}}, "signal");
  ending.begin();
  ending.finish();
}

}  // namespace brood
