// SPDX-License-Identifier: MIT
#include "faults/experiment.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "faults/errors.hpp"
#include "os/file.hpp"
#include "os/poll.hpp"
#include "os/proc.hpp"
#include "os/process.hpp"
#include "support/leak_listener.hpp"
#include "support/rendezvous.hpp"
#include "support/sanitizers.hpp"

namespace brood::test {
namespace {

constexpr std::chrono::seconds long_time{40};

bool is_live(const JobInfo& info) { return brood::is_live(info.state); }

std::string brood_path() {
  const char* path = std::getenv("BROOD");
  return path ? path : "brood";
}

class Experiment {
 public:
  /// `leaves_alone`: the target is still running when the check begins.
  Experiment(const Scenario& scenario, const Fault& fault, bool leaves_alone)
      : scenario_(scenario), fault_(fault), leaves_alone_(leaves_alone) {}

  /// What does not hold.
  std::vector<std::string> run() {
    {
      World world(scenario_.method);
      if (scenario_.prepare) scenario_.prepare(world);
      step(world);
      if (!stepped_.hung) check(world);
      world.release();
    }
    for (const std::string& left : end_children(long_time)) blame("left behind: " + left);
    return problems_;
  }
  const Stepped& stepped() const noexcept { return stepped_; }

 private:
  void blame(const std::string& problem) { problems_.push_back(problem); }

  void step(World& world) {
    Stepping stepping;
    stepping.argv = {brood_path(), "--state-dir", world.temp.path()};
    for (const auto& word : scenario_.words(world)) stepping.argv.push_back(word);
    stepping.out = world.temp.outside() / "out";
    stepping.err = world.temp.outside() / "err";
    if (scenario_.is_kept_already) {
      const pid_t monitor = world.registry.info(world.job).monitor_pid;
      stepping.attached = {{monitor, Role::monitor}};
      if (const auto stat = os::process_stat(monitor))
        stepping.attached.push_back({stat->parent, Role::guard});
    }
    stepping.family = scenario_.family;
    stepping.release = world.gate();
    stepping.releases_first = scenario_.releases_first && !leaves_alone_;
    stepping.follows = !leaves_alone_;
    stepping.guard_stays = scenario_.method == StartMethod::forkserver;
    stepped_ = step_through(stepping, fault_);
    if (stepped_.released) world.note_release();
    output_ = contents_of(stepping.out);
    said_ = contents_of(stepping.err);
    if (stepped_.hung) blame("it hangs");
    const bool dies_with_job = scenario_.ends_as_job && codes(world).count(stepped_.caller.exitcode());
    if (!stepped_.crash.empty() && !dies_with_job) blame(stepped_.crash);
  }

  bool was_killed(Role role) const {
    return stepped_.reached && fault_.kind == Fault::Kind::kill && fault_.role == role;
  }

  void check(World& world) {
    try {
      check_caller(world);
      do
        for (const JobInfo& info : world.registry.list()) check_job(world, info);
      while (!can_go_on(world));
    } catch (const std::exception& problem) {
      blame(std::string("the check fails: ") + problem.what());
    }
  }

  void check_caller(World& world) {
    if (was_killed(Role::caller)) return;
    const int status = stepped_.caller.shell_status();
    const auto possible = codes(world);
    const bool is_done = !scenario_.ends_as_job ? status == 0
                         : status > 128         ? possible.count(128 - status) > 0
                                                : possible.count(status) > 0;
    if (!is_done && said_.rfind("brood: ", 0) != 0)
      blame("ends with " + std::to_string(status) + " and says \"" + said_ + "\"");
    if (!is_done && status < 125) blame("ends with " + std::to_string(status));
    if (is_done && scenario_.promise)
      if (const auto problem = scenario_.promise(world, output_); !problem.empty()) blame(problem);
  }

  std::set<int> codes(const World& world) const {
    std::set<int> possible = scenario_.codes;
    if (world.is_released()) possible.insert(World::code);
    if (fault_.role == Role::child) possible.insert(-SIGKILL);
    if (ended_by_us_) possible.insert(-SIGTERM);
    return possible;
  }

  static bool is_closed(World& world, JobId id) {
    try {
      world.registry.close(id);
      return true;
    } catch (const Error& problem) {
      if (problem.code() != Errc::still_running) throw;
      return false;
    }
  }

  void check_job(World& world, const JobInfo& listed) {
    if (listed.state == JobState::damaged) return blame("job " + std::to_string(listed.id) + " is damaged");
    if (listed.state == JobState::created) {
      if (is_closed(world, listed.id)) return;
      // The order of a caller that was killed has just arrived.
      return check_job(world, world.registry.info(listed.id));
    }
    if (is_live(listed) && !world.is_released()) {
      if (fault_.step % 4 == 0) {
        ended_by_us_ = true;
        for (const auto& failure : world.registry.terminate({listed.id}))
          blame(std::string("cannot be terminated: ") + failure.error.what());
      } else {
        world.release();
      }
    }
    const auto info = world.registry.join(listed.id, long_time);
    const std::string job = "job " + std::to_string(listed.id);
    if (!info) return blame(job + " does not end");
    if (!info->exit_status)
      check_lost(job, *info);
    else if (!codes(world).count(info->exit_status->exitcode()))
      blame(job + " has the exit code " + std::to_string(info->exit_status->exitcode()));
    world.registry.close(listed.id);
  }

  void check_lost(const std::string& job, const JobInfo& info) {
    if (info.state != JobState::lost) return blame(job + " is over and neither ended nor lost");
    if (info.reason.empty()) return blame(job + " is lost without a reason");
    const bool was_told = !was_killed(Role::caller) && stepped_.caller == ExitStatus::exited(0);
    const bool is_ours = scenario_.irreplaceable && was_killed(*scenario_.irreplaceable);
    const bool never_ran = info.reason.find("before the target ran") != std::string::npos;
    if (!is_ours && (was_told || !never_ran)) blame(job + " is lost: " + info.reason);
  }

  // All locks can be had, and the name is free. Not so if a launch whose caller was killed has come to its end since.
  bool can_go_on(World& world) {
    (void)world.registry.close_ended();
    JobSpec next = world.spec();
    next.name = "x";
    next.method = StartMethod::fork;
    next.target = {"sh", "-c", "exit 3"};
    JobId job = 0;
    try {
      job = world.registry.start(next, NameRule::unique);
    } catch (const Error& problem) {
      if (problem.code() == Errc::name_in_use) return false;
      throw;
    }
    const auto info = world.registry.join(job, long_time);
    if (!info || !info->exit_status || info->exit_status->exitcode() != 3) blame("the next job fails");
    world.registry.close(job);
    (void)world.registry.stop_fork_server(true);
    return true;
  }

  const Scenario& scenario_;
  const Fault& fault_;
  bool leaves_alone_;
  Stepped stepped_;
  std::string output_, said_;
  std::vector<std::string> problems_;
  bool ended_by_us_ = false;
};

std::string title(const Scenario& scenario) {
  return scenario.name + " (" + std::string(to_string(scenario.method)) + ")";
}

struct Row {
  const Scenario& scenario;
  std::string fault;
  std::string role;
  int tried = 0;
  int failed = 0;
};

void write_down(const Row& row) {
  MESSAGE(title(row.scenario), ", ", row.role, ", ", row.fault, ": ", row.tried, " tried, ", row.failed,
          " failed");
  const char* path = std::getenv("BROOD_FAULTS_TABLE");
  if (!path) return;
  std::ofstream(path, std::ios::app) << row.scenario.name << '\t' << to_string(row.scenario.method) << '\t'
                                     << row.role << '\t' << row.fault << '\t' << row.tried << '\t'
                                     << row.failed << '\n';
}

// The step to begin with, for a closer look at one.
int first_step() {
  const char* wanted = std::getenv("BROOD_FAULTS_FROM");
  return wanted ? std::max(1, std::atoi(wanted)) : 1;
}

int chosen(int every) {
  const char* wanted = std::getenv("BROOD_FAULTS_EVERY");
  return wanted ? std::max(1, std::atoi(wanted)) : every;
}

void attempt(Row& row, const Fault& fault, bool leaves_alone) {
  Experiment experiment(row.scenario, fault, leaves_alone);
  const auto problems = experiment.run();
  // What two processes do at the same time is not the same each time: then there may be a step less.
  if (!experiment.stepped().reached && problems.empty()) return;
  ++row.tried;
  if (problems.empty()) return;
  ++row.failed;
  std::string all;
  for (const auto& problem : problems) all += "\n  " + problem;
  const auto& calls = experiment.stepped().calls;
  const std::string what = fault.kind == Fault::Kind::kill ? "killed" : ::strerror(fault.error);
  FAIL_CHECK(title(row.scenario), ", ", row.role, " at step ", fault.step, ", system call ",
             calls.empty() ? -1 : calls.back(), ", ", what, ":", all);
}

// What happens without a fault.
Stepped course_of(const Scenario& scenario, Role role) {
  const Fault none{Fault::Kind::none, role, 0, 0};
  Experiment experiment(scenario, none, false);
  for (const auto& problem : experiment.run()) FAIL_CHECK(scenario.name, " without a fault: ", problem);
  CHECK(!experiment.stepped().calls.empty());
  return experiment.stepped();
}

// How many steps are made without the end of the target.
int steps_before_rest(const Scenario& scenario, const Stepped& course) {
  if (!scenario.releases_first) return course.calls_before_end;
  const auto rest = std::find(course.calls.begin(), course.calls.end(), SYS_ppoll);
  return static_cast<int>(rest - course.calls.begin());
}

}  // namespace

World::World(StartMethod chosen_method) : method(chosen_method) {
  if (::mkfifo(fifo_.c_str(), 0600) != 0) throw std::runtime_error("mkfifo");
  gate_ = os::open_at(os::current_directory(), fifo_, os::Open::read_write);
}

World::~World() {
  try {
    (void)registry.stop_fork_server(true);
  } catch (const std::exception&) {
    // Then it is left behind, and that is what is reported.
  }
}

std::vector<std::string> World::target() const {
  return {"sh", "-c", "read line <\"$0\"; exit " + std::to_string(code), fifo_};
}

JobSpec World::spec() const {
  JobSpec spec;
  spec.target = target();
  spec.method = method;
  return spec;
}

void World::release() {
  if (is_released_) return;
  is_released_ = true;
  os::write_all(gate_.get(), opening);
}

namespace {

// A sanitizer makes thousands of calls of its own, and looks for leaks with ptrace itself.
bool is_possible() {
  if (!under_address_sanitizer && !under_thread_sanitizer && can_step()) return true;
  MESSAGE("not tried: under a sanitizer, or where no process may watch another");
  return false;
}

}  // namespace

void try_kills(const Scenario& scenario, int every) {
  if (!is_possible()) return;
  for (const Role role : scenario.roles) {
    Row row{scenario, "SIGKILL", to_string(role)};
    const Stepped course = course_of(scenario, role);
    const int steps = static_cast<int>(course.calls.size());
    const int alone = steps_before_rest(scenario, course);
    for (int step = first_step(); step <= steps; step += chosen(every))
      attempt(row, {Fault::Kind::kill, role, step, 0}, step <= alone && step % 2 == 0);
    CHECK(row.tried > 0);
    write_down(row);
  }
}

void try_errors(const Scenario& scenario, int every) {
  if (!is_possible()) return;
  for (const Role role : scenario.roles) {
    Row row{scenario, "errors", to_string(role)};
    int number = 0;
    const auto calls = course_of(scenario, role).calls;
    for (std::size_t i = static_cast<std::size_t>(first_step()) - 1; i < calls.size(); ++i)
      for (const int error : errors_of(calls[i]))
        if (number++ % chosen(every) == 0)
          attempt(row, {Fault::Kind::error, role, static_cast<int>(i) + 1, error}, false);
    CHECK(row.tried > 0);
    write_down(row);
  }
}

}  // namespace brood::test
