// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "brood/error.hpp"
#include "brood/fork_server.hpp"
#include "brood/job_info.hpp"
#include "brood/job_spec.hpp"
#include "brood/scope.hpp"
#include "brood/sentinel.hpp"
#include "brood/timeout.hpp"

namespace brood {

class Job;

/// What a reference by name may mean when several live jobs bear it.
enum class Matching {
  one,  ///< an error that lists them
  all,  ///< all of them
};

/// How a foreground job ended.
struct RunResult {
  std::optional<ExitStatus> status;
  bool timed_out = false;  ///< the run-time limit ended it
};

/// What `wait` waits for, besides the jobs themselves.
struct WaitRule {
  std::size_t count = 0;  ///< how many must be ready; 0 means all, more than there are is Errc::bad_value
  std::vector<JobState> states;  ///< empty: exited or lost
  Timeout timeout;
};

/// Told of while waiting, from within `wait`.
struct WaitNews {
  std::function<void(const JobInfo&)> ready;  ///< in the order in which they become so
  std::function<void(JobId, const Error&)> failed =
      {};                                           ///< this job can never be ready; empty: `wait` throws it
  std::function<void(std::size_t left)> tick = {};  ///< about once a second
};

/// A job for which something could not be done, and why.
struct JobFailure {
  JobId id;
  Error error;
};

/// A state directory as an API: all that the `brood` command does. One object may be used from one thread at a time;
/// any number of processes may use the same directory. Every member throws brood::Error.
class Registry {
 public:
  /// Opens `path`, or where it is empty the default: $BROOD_STATE_DIR, $XDG_STATE_HOME/brood, ~/.local/state/brood,
  /// and without a usable home /run/brood (root) or /tmp/brood-UID. It is made (0700) when first needed for writing;
  /// one that others own or can write is refused with Errc::state_dir_refused.
  explicit Registry(const std::string& path = {});
  ~Registry();
  Registry(Registry&&) noexcept;
  Registry& operator=(Registry&&) noexcept;

  const std::string& path() const noexcept;

  /// Forks the future monitor of the next `start` now, while this process is still small. Optional: it saves memory,
  /// not meaning. The child waits for its orders and leaves by itself when this process does. In ps it shows itself
  /// instead of this program's words (`argv`), which may hold what only the target is to know.
  static void stand_by(int argc = 0, char** argv = nullptr);
  /// Ends what stand_by() has made, if nothing was started with it, and waits until it is gone: it holds copies of this
  /// process's descriptors, and so whatever locks and pipes they are. To be called before this process ends.
  static void stand_down();

  /// True, and the process's whole life spent, if this process was exec'd as a monitor (start method spawn) or as a fork
  /// server. First thing in main(); `status` is then what main must return.
  static bool serve_monitor(int argc, char** argv, int& status);

  /// Process(...): a record in state `created`; nothing runs.
  JobId create(const JobSpec& spec);
  /// start(): launches in the background and returns once the target has been exec'd. A target that cannot be run is
  /// an Error with exit_status() 126 or 127 (125 for everything before exec) and leaves no job.
  JobId start(const JobSpec& spec, NameRule rule = NameRule::any);
  /// start() of a created job, in the caller's environment. Errc::already_started if it was launched before.
  void start(JobId created);
  /// start(); join() in the foreground, with the caller's own streams, terminal and process group: this process is the
  /// monitor. Blocks signals while the target runs and passes them on.
  RunResult run(const JobSpec& spec);

  /// What a job is started with that names no method: $BROOD_START_METHOD, else what set_start_method() has stored in
  /// the state directory, else fork. Asking fixes nothing. Errc::bad_value, config_damaged, config_too_new.
  StartMethod start_method();
  /// The state directory's default from now on, as often as one likes: unlike a process, it has no moment at which it
  /// is too late. Jobs that exist keep theirs.
  void set_start_method(StartMethod method);

  /// The job or jobs that a reference means: an id ("12"), a name, "@self" or "@parent". Only Matching::all returns
  /// more than one. Errc::no_such_job, ambiguous_job.
  std::vector<JobInfo> find(const std::string& reference, Matching matching = Matching::one);
  JobInfo info(JobId id);
  /// All jobs, by id. Damaged records are among them, in state `damaged`.
  std::vector<JobInfo> list();
  /// The same as handles (brood/job.hpp): the one job that a reference means, and all jobs.
  Job job(const std::string& reference);
  std::vector<Job> jobs();

  /// active_children(), and their like: the jobs that were started inside `parent`, in that order, also ended ones.
  std::vector<JobInfo> children(JobId parent);
  /// The same for whoever called this process: the job around it, or where there is none, the process's parent.
  std::vector<JobInfo> children_of_caller();
  /// `jobs`, and after them all that were started inside them, however deep; each once.
  std::vector<JobInfo> with_descendants(std::vector<JobInfo> jobs);

  /// join(timeout): blocks until the job is over; empty when the time ran out first. The answer may be `lost`.
  std::optional<JobInfo> join(JobId id, Timeout timeout = {});
  /// What becomes ready when the job is over, and is so from the beginning if it is over already; for brood::wait. A job
  /// that is restarted while it runs is not over, and the sentinel stays as it is. One that is launched again after it was
  /// over needs a new sentinel; the old one means nothing any more. If the job's keepers are killed it may be ready while the
  /// target lives (state `orphaned`); one that is made then is that of the target. Needs one descriptor, which is the
  /// caller's and not the Registry's. Errc::not_started if the job was only created, unsupported if it runs where this
  /// process cannot see its end.
  Sentinel sentinel(JobId id);
  /// connection.wait(): blocks until enough jobs are ready. False when the time ran out first. Doubled ids count once.
  bool wait(const std::vector<JobId>& jobs, const WaitRule& rule, const WaitNews& news);

  /// terminate(): the stop signal, then SIGCONT, then after `grace` (empty: the job's own) SIGKILL; returns when all is
  /// gone. On a job that is over it reaches what the target left behind and leaves the record alone. All jobs are told
  /// at once, so none waits for another.
  std::vector<JobFailure> terminate(const std::vector<JobId>& jobs,
                                    std::optional<std::chrono::milliseconds> grace = {},
                                    Scope scope = Scope::tree);
  /// kill(): SIGKILL, and wait until all is gone.
  std::vector<JobFailure> kill(const std::vector<JobId>& jobs, Scope scope = Scope::tree);
  /// terminate() if it lives, then its target is launched again under the same id; a running one by its own monitor, in
  /// the environment that it had, while whoever waits for the job goes on waiting; one that is over in this process's
  /// environment. Errc::not_started, unsupported (passed descriptors are gone, or it was run in the foreground),
  /// never_reached (it was told to end meanwhile).
  std::vector<JobFailure> restart(const std::vector<JobId>& jobs,
                                  std::optional<std::chrono::milliseconds> grace = {});
  /// Only sends `signal`.
  void signal(JobId id, int signal, Scope scope = Scope::tree);

  /// close(): forgets a job that is not running and removes its files. Errc::still_running.
  void close(JobId id);
  /// Closes every job that ended at least `age` ago, and sweeps away what launches that were killed half-way have left.
  /// Returns how many jobs it closed.
  std::size_t close_ended(std::chrono::milliseconds age = {});
  void rename(JobId id, const std::string& name);

  /// The fork server of this state directory. One is made by itself when it is needed.
  ForkServerInfo fork_server();
  /// Makes one, unless there is one. `idle`: how long it stays without a job; empty: for ever.
  ForkServerInfo start_fork_server(Timeout idle = default_server_idle);
  /// Errc::server_busy if it has jobs and is not forced; those go on either way. False if there is none.
  bool stop_fork_server(bool is_forced = false);
  /// authkey: the fingerprint of the state directory's key, which is made if there is none. Who has the key of a job may
  /// command it; a job has the one that was there at its start, unless it inherits or was given another.
  std::string authkey();
  /// Makes a new key for jobs started from now on, and returns its fingerprint. Those that run keep the one they have.
  std::string new_authkey();
  /// From now on this object proves with the key in `file`, and with no other, that it may command jobs: terminate,
  /// kill, signal and rename fail with Errc::authentication_failed where that is wrong, and nothing is done.
  void use_authkey_file(const std::string& file);

 private:
  struct Impl;
  Impl& impl() const;  // Errc::closed, if it has been moved away
  std::unique_ptr<Impl> impl_;
};

}  // namespace brood
