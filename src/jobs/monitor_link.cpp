// SPDX-License-Identifier: MIT
#include "jobs/monitor_link.hpp"

#include "os/poll.hpp"
#include "os/process.hpp"
#include "os/socket.hpp"
#include "store/names.hpp"
#include "store/record.hpp"

namespace brood::jobs {
namespace {

using namespace std::chrono_literals;

// Somebody waits for a table of jobs, of which this is one.
constexpr auto report_patience = 500ms;

}  // namespace

std::optional<control::Client> connect_to_monitor(const OpenJob& job, const Keys& keys,
                                                  const os::Deadline& deadline) {
  const JobId id = job.dir.id;
  const auto find = [keys, id](const std::string& fingerprint) { return find_key(keys, id, fingerprint); };
  return control::Client::connect(job.dir.fd.get(), job.dir.path, store::names::control, id, find, deadline);
}

bool has_monitor(const OpenJob& job) {
  try {
    return connect_to_monitor(job, {}, os::steady_now()).has_value();
  } catch (const Error& problem) {
    if (is_no_answer(problem)) return true;  // there are many before us
    throw;
  }
}

os::Fd watch_monitor(const OpenJob& job) {
  const auto socket = os::connect_at(job.dir.fd.get(), job.dir.path, store::names::control, os::steady_now());
  auto pidfd = socket ? os::open_pidfd(os::peer_pid(socket->get())) : std::nullopt;
  // As long as it has not hung up, its number is its own.
  return pidfd && !os::is_hung_up(socket->get()) ? std::move(*pidfd) : os::Fd();
}

std::optional<JobInfo> ask_monitor(const OpenJob& job, const Keys& keys) {
  const os::SteadyTime deadline = os::steady_now() + report_patience;
  try {
    auto client = connect_to_monitor(job, keys, deadline);
    if (!client) return std::nullopt;
    client->send({control::Kind::status, Scope::tree, {}, 0, {}});
    const auto answer = client->answer(deadline);
    if (!answer || answer->kind != control::Kind::report) return std::nullopt;
    return store::parse_head(answer->report);
  } catch (const Error&) {
    return std::nullopt;
  }
}

bool is_no_answer(const Error& problem) {
  return problem.code() == std::errc::connection_reset || problem.code() == std::errc::broken_pipe ||
         problem.code() == std::errc::resource_unavailable_try_again;
}

Error explained(const Error& problem, const std::string& what) {
  if (problem.code() != Errc::protocol_mismatch) return problem.during(what);
  return {problem.code(), what + ": " + problem.doing(),
          "if the job's monitor is of another version of brood, that version can command it"};
}

}  // namespace brood::jobs
