// SPDX-License-Identifier: MIT
#include "brood/job.hpp"

#include <csignal>

#include "jobs/registry_impl.hpp"

namespace brood {
namespace {

void throw_if_any(const std::vector<JobFailure>& failures) {
  if (!failures.empty()) throw Error(failures.front().error);
}

std::vector<Job> handles(Registry& registry, const std::vector<JobInfo>& infos) {
  std::vector<Job> jobs;
  jobs.reserve(infos.size());
  for (const JobInfo& info : infos) jobs.emplace_back(registry, info.id);
  return jobs;
}

}  // namespace

Job Registry::job(const std::string& reference) { return {*this, find(reference).front().id}; }

std::vector<Job> Registry::jobs() { return handles(*this, list()); }

JobInfo Job::info() const { return registry_->info(id_); }

JobInfo Job::readable() const {
  JobInfo info = registry_->info(id_);
  if (info.state == JobState::damaged) jobs::refuse_damaged(info);
  return info;
}

JobState Job::state() const { return info().state; }
bool Job::is_alive() const { return is_live(readable().state); }
std::string Job::name() const { return readable().name; }
std::string Job::identity() const { return readable().identity; }
bool Job::daemon() const { return readable().daemon; }
std::optional<pid_t> Job::pid() const { return readable().pid; }
std::optional<ExitStatus> Job::exit_status() const { return readable().exit_status; }

std::optional<int> Job::exitcode() const {
  const auto status = exit_status();
  return status ? std::optional(status->exitcode()) : std::nullopt;
}

std::optional<Job> Job::parent() const {
  const auto parent = readable().parent.job;
  return parent ? std::optional(Job(*registry_, *parent)) : std::nullopt;
}

std::vector<Job> Job::children() const {
  (void)registry_->info(id_);  // a job that is not there has no list, which is not an empty one
  return handles(*registry_, registry_->children(id_));
}

void Job::start() const { registry_->start(id_); }
std::optional<JobInfo> Job::join(Timeout timeout) const { return registry_->join(id_, timeout); }
Sentinel Job::sentinel() const { return registry_->sentinel(id_); }

void Job::terminate(std::optional<std::chrono::milliseconds> grace, Scope scope) const {
  throw_if_any(registry_->terminate({id_}, grace, scope));
}
void Job::kill(Scope scope) const { throw_if_any(registry_->kill({id_}, scope)); }
void Job::interrupt(Scope scope) const { signal(SIGINT, scope); }
void Job::signal(int signal, Scope scope) const { registry_->signal(id_, signal, scope); }
void Job::restart(std::optional<std::chrono::milliseconds> grace) const {
  throw_if_any(registry_->restart({id_}, grace));
}

void Job::rename(const std::string& name) const { registry_->rename(id_, name); }
void Job::close() const { registry_->close(id_); }

void Job::logs(const LogOptions& options, const std::function<bool(std::string_view)>& sink) const {
  read_logs(*registry_, {id_}, options, sink);
}

}  // namespace brood
