// SPDX-License-Identifier: MIT
#include "jobs/launch_order.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "base/during.hpp"
#include "brood/console.hpp"
#include "brood/text.hpp"
#include "launch/environment.hpp"
#include "launch/limits.hpp"
#include "os/clock.hpp"
#include "os/file.hpp"
#include "os/proc.hpp"
#include "os/process.hpp"
#include "store/job_dir.hpp"
#include "store/names.hpp"
#include "store/record.hpp"

namespace brood::jobs {
namespace {

// A message carries at most 253 descriptors; a few of them are ours.
constexpr std::size_t most_passed = 240;

struct Logs {
  std::string standard_output;
  std::string standard_error;
};

// Where the output goes, as the record names it: a file in the job's directory, or a path of the user's choice.
Logs logs_of(const JobSpec& spec, Purpose purpose) {
  Logs logs;
  const auto chosen = [](const std::string& file) {
    return file.empty() ? file : store::absolute_path(file);
  };
  const bool captures = purpose != Purpose::run;
  const auto own = [&](const char* name) { return captures ? std::string(name) : std::string(); };
  logs.standard_output = chosen(spec.stdout_file);
  logs.standard_error = chosen(spec.stderr_file);
  if (logs.standard_output.empty())
    logs.standard_output = own(spec.split_logs ? store::names::stdout_log : store::names::output_log);
  if (logs.standard_error.empty())
    logs.standard_error = spec.split_logs ? own(store::names::stderr_log)
                          : captures      ? logs.standard_output
                                          : "";
  return logs;
}

bool is_own(const std::string& log) { return !log.empty() && log[0] != '/'; }

std::string base_name(const std::string& path) {
  const std::string name = path.substr(path.find_last_of('/') + 1);
  return job_name_problem(name).empty() ? name : "job";
}

os::Fd open_input(const std::string& file) {
  return os::open_at(os::current_directory(), file, os::Open::read);
}

// The user's file: with the user's umask, and never truncated.
os::Fd open_output(const std::string& file) {
  return os::open_at(os::current_directory(), file, os::Open::append, 0666);
}

void open_streams(const JobSpec& spec, monitor::Order& order) {
  if (!spec.stdin_file.empty()) order.streams[0] = os::above_streams(open_input(spec.stdin_file));
  if (!spec.stdout_file.empty()) order.streams[1] = os::above_streams(open_output(spec.stdout_file));
  if (spec.stderr_file.empty()) return;
  order.streams[2] = spec.stderr_file == spec.stdout_file ? os::duplicate(order.streams[1].get())
                                                          : os::above_streams(open_output(spec.stderr_file));
}

// For the record only: in a directory that has been deleted, relative paths stay what they are.
std::string full_path(const std::string& path) {
  if (path[0] == '/') return path;
  const std::string here = os::current_path();
  return here.empty() || path == "." ? here : here + "/" + path;
}

// What the monitor opens itself if it is to launch the target once more, when nobody is there to open it.
void name_later_files(const JobSpec& spec, monitor::Order& order) {
  const std::string* files[] = {&spec.stdin_file, &spec.stdout_file, &spec.stderr_file};
  for (std::size_t i = 0; i < 3; ++i)
    if (!files[i]->empty()) order.later_files[i] = full_path(*files[i]);
  order.later_cwd = full_path(spec.cwd.empty() ? "." : spec.cwd);
}

// What a forked or spawned monitor has from its birth.
void add_birthright(monitor::Order& order) {
  order.traits = os::own_traits();
  order.directory = os::open_at(os::current_directory(), ".", os::Open::place);
}

void add_descriptors(const JobSpec& spec, Purpose purpose, monitor::Order& order) {
  order.keep_fds = spec.pass_fds;
  std::sort(order.keep_fds.begin(), order.keep_fds.end());
  order.keep_fds.erase(std::unique(order.keep_fds.begin(), order.keep_fds.end()), order.keep_fds.end());
  if (purpose == Purpose::run) return;
  for (const int fd : order.keep_fds) order.passed.push_back(os::duplicate(fd));
}

void add_parentage(Parentage parentage, monitor::Order& order) {
  order.parent_job = parentage.parent.job.value_or(0);
  order.parent_identity = std::move(parentage.identity);
  order.parent = std::move(parentage.pidfd);
}

void check_numbers(const JobSpec& spec) {
  if (spec.stop_signal < 1 || spec.stop_signal > SIGRTMAX)
    throw Error(Errc::bad_value, "stop with signal " + std::to_string(spec.stop_signal) + ": there is none");
  if (spec.umask && *spec.umask > 0777) throw Error(Errc::bad_value, "set the umask: it has nine bits");
  if (spec.grace < spec.grace.zero())
    throw Error(Errc::bad_value, "set the grace time: it cannot be negative");
}

}  // namespace

void check(const JobSpec& spec, Purpose purpose) {
  if (spec.target.empty()) throw Error(Errc::bad_value, "launch a job: no command was given");
  if (!spec.name.empty())
    if (const std::string problem = job_name_problem(spec.name); !problem.empty())
      throw Error(Errc::bad_name, "name '" + fit(printable(spec.name), 60) + "': " + problem);
  if (spec.inherit_fds && spec.method.value_or(StartMethod::fork) != StartMethod::fork)
    throw Error(Errc::bad_value,
                "inherit descriptors: not under start method " + std::string(to_string(*spec.method)),
                "name them with --pass-fd");
  for (const std::string& word : spec.target) launch::check_word(word);
  launch::check_environment(spec.set_env);
  check_numbers(spec);
  if (spec.pass_fds.size() > most_passed)
    throw Error(Errc::bad_value, "pass " + std::to_string(spec.pass_fds.size()) + " descriptors: more than " +
                                     std::to_string(most_passed) + " cannot be passed");
  for (const auto& [key, value] : spec.labels)
    if (!is_utf8(key) || !is_utf8(value))
      throw Error(Errc::bad_value, "label '" + printable(key) + "': it is not UTF-8");
  for (const int fd : spec.pass_fds) {
    if (fd < 3)
      throw Error(Errc::bad_value, "pass descriptor " + std::to_string(fd),
                  "0, 1 and 2 are chosen with --stdin, --stdout and --stderr");
    const bool is_there = purpose == Purpose::start_created ? console::is_inherited(fd) : os::is_open(fd);
    if (purpose != Purpose::create && !is_there)
      throw Error(std::error_code(EBADF, std::system_category()), "pass descriptor " + std::to_string(fd));
  }
  if (purpose == Purpose::run && spec.split_logs)
    throw Error(Errc::bad_value, "split the logs: run captures no output");
  (void)launch::resource_limits(spec.limits);
}

JobSpec completed(JobSpec spec, const store::StateDir* state) {
  if (spec.name.empty() && !spec.target.empty()) spec.name = base_name(spec.target.front());
  if (!spec.method) spec.method = default_method(state);
  return spec;
}

JobSpec anchored(JobSpec spec) {
  spec.cwd = store::absolute_path(spec.cwd.empty() ? "." : spec.cwd);
  for (std::string* file : {&spec.stdin_file, &spec.stdout_file, &spec.stderr_file})
    if (!file->empty()) *file = store::absolute_path(*file);
  return spec;
}

std::string record_tail(const JobSpec& spec, const Parentage& parentage, Purpose purpose) {
  store::Record record;
  record.spec = spec;
  for (std::string* file : {&record.spec.stdin_file, &record.spec.stdout_file, &record.spec.stderr_file})
    if (!file->empty()) *file = full_path(*file);  // a later launch comes from elsewhere
  record.info.host = os::host_name();
  record.info.parent = parentage.parent;
  record.info.daemon = parentage.daemon;
  record.info.cwd = full_path(spec.cwd.empty() ? "." : spec.cwd);
  const Logs logs = logs_of(spec, purpose);
  record.info.stdout_log = logs.standard_output;
  record.info.stderr_log = logs.standard_error;
  return store::tail_text(record);
}

monitor::Order make_order(const JobSpec& spec, Parentage parentage, const std::optional<AuthKey>& key,
                          const store::StateDir& state, Purpose purpose) {
  monitor::Order order;
  order.state_path = state.path();
  order.name = spec.name;
  order.record_tail = record_tail(spec, parentage, purpose);
  order.created_at = os::wall_now();
  during("prepare '" + printable(spec.name) + "'", [&] {
    order.state_dir = os::duplicate(state.fd());
    give_key(order, state, key);
  });
  order.argv = spec.target;
  order.env = launch::changed_environment(os::environment(), spec);
  order.cwd = spec.cwd;
  // For a later launch; what ran in the foreground with its caller's output cannot have one.
  const bool can_return = purpose != Purpose::run || !spec.stdout_file.empty();
  if (!spec.set_env.empty() && can_return) order.kept_environment = store::environment_bytes(spec.set_env);
  open_streams(spec, order);
  if (purpose != Purpose::run) name_later_files(spec, order);
  order.joins_streams = purpose == Purpose::start && spec.stderr_file.empty() && !spec.split_logs;
  const Logs logs = logs_of(spec, purpose);
  if (is_own(logs.standard_output)) order.stdout_log = logs.standard_output;
  if (is_own(logs.standard_error)) order.stderr_log = logs.standard_error;
  add_descriptors(spec, purpose, order);
  add_parentage(std::move(parentage), order);
  const bool is_fork = spec.method == StartMethod::fork;
  order.inherit_fds = is_fork && (purpose == Purpose::run || spec.inherit_fds);
  order.reset_signals = purpose == Purpose::start || !is_fork;
  order.umask = spec.umask;
  order.nice = spec.nice.value_or(0);
  order.limits = launch::resource_limits(spec.limits);
  order.timeout = spec.timeout;
  order.stop_signal = spec.stop_signal;
  order.grace = spec.grace;
  if (purpose != Purpose::run && spec.method == StartMethod::forkserver) add_birthright(order);
  order.orphans =
      spec.orphans.value_or(purpose == Purpose::run ? OrphanPolicy::terminate : OrphanPolicy::leave);
  return order;
}

}  // namespace brood::jobs
