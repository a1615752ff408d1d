// SPDX-License-Identifier: MIT
// The start methods: what a target inherits.
#include <doctest/doctest.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "os/process.hpp"
#include "os/signals.hpp"
#include "support/child.hpp"
#include "support/jobs.hpp"
#include "support/privileges.hpp"

using namespace brood;
using namespace brood::test;

namespace {

constexpr StartMethod all[] = {StartMethod::fork, StartMethod::spawn, StartMethod::forkserver};

// Descriptors of the caller that would survive an exec.
class Inheritable {
 public:
  Inheritable() {
    const os::Fd null = os::open_at(os::current_directory(), "/dev/null", os::Open::read);
    for (const int number : {77, 78, 300}) os::place(null.get(), number);
  }
  ~Inheritable() {
    for (const int number : {77, 78, 300}) os::close_quietly(number);
  }
};

JobSpec with_method(JobSpec spec, StartMethod method) {
  spec.method = method;
  return spec;
}

// What a job wrote that was started by a process of its own, after `before` had been done there.
std::string output_from(Jobs& jobs, const JobSpec& spec, const std::function<void()>& before) {
  Child caller([&](int output) {
    jobs.hold.open();
    before();
    Registry registry(jobs.temp.path());
    os::write_all(output, contents_of(registry.join(registry.start(spec))->stdout_log));
    return 0;
  });
  const std::string output = caller.read_output();
  CHECK(caller.wait() == ExitStatus::exited(0));
  return output;
}

void set_soft_limit(int number, rlim_t soft) {
  rlimit limit{};
  ::getrlimit(static_cast<__rlimit_resource>(number), &limit);
  limit.rlim_cur = soft;
  ::setrlimit(static_cast<__rlimit_resource>(number), &limit);
}

std::string limit_words(int number, rlim_t soft) {
  rlimit limit{};
  ::getrlimit(static_cast<__rlimit_resource>(number), &limit);
  return std::to_string(soft) + " " + std::to_string(limit.rlim_max);
}

// A fork server made by a process with values of its own for all that a process hands down.
pid_t server_of_another(Jobs& jobs) {
  Child other([&](int output) {
    jobs.hold.open();
    give_up_privileges({CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH});  // the umask takes all from its owner, too
    ::setenv("OF_THE_SERVER", "yes", 1);
    ::setenv("OF_BOTH", "server", 1);
    if (::chdir("/usr") != 0) return 1;
    ::umask(0777);
    for (const int number : {77, 78}) os::place(output, number);
    set_soft_limit(RLIMIT_NOFILE, 64);
    set_soft_limit(RLIMIT_CORE, 0);
    ::signal(SIGUSR2, SIG_IGN);
    os::block(SIGUSR1);
    os::write_all(output, std::to_string(Registry(jobs.temp.path()).start_fork_server().pid));
    for (const int number : {77, 78}) os::close_quietly(number);
    return 0;
  });
  const std::string pid = other.read_output();
  CHECK(other.wait() == ExitStatus::exited(0));
  return std::stoi(pid);
}

}  // namespace

TEST_CASE("a job does the same under each start method") {
  for (const StartMethod method : all) {
    Jobs jobs;
    const JobId id = jobs.registry.start(with_method(jobs.staying({"print", "out"}), method));
    const Reported target = jobs.reports.await("up");
    CHECK(jobs.registry.info(id).state == JobState::running);
    CHECK(jobs.registry.info(id).start_method == method);
    CHECK(jobs.registry.info(id).pid == target.pid());
    jobs.hold.open();
    const JobInfo info = *jobs.registry.join(id);
    CHECK(info.exit_status == ExitStatus::exited(0));
    CHECK(contents_of(info.stdout_log) == "out\n");
  }
}

TEST_CASE("a job's tree is terminated under each start method") {
  for (const StartMethod method : all) {
    Jobs jobs;
    const JobId id = jobs.registry.start(with_method(
        jobs.staying({"daemonize", "[", "say", jobs.reports.path(), "daemon", "hold", jobs.hold.path(), "]"}),
        method));
    const Reported daemon = jobs.reports.await("daemon");
    const Reported target = jobs.reports.await("up");
    CHECK(jobs.registry.terminate({id}).empty());
    CHECK(daemon.is_gone());
    CHECK(target.is_gone());
    CHECK(jobs.registry.info(id).exit_status == ExitStatus::signalled(SIGTERM, false));
  }
}

TEST_CASE("a job inherits no descriptor of its caller") {
  const Inheritable inheritable;
  for (const StartMethod method : all) {
    Jobs jobs;
    CHECK(jobs.output_of(with_method(probe_job({"fds"}), method)) == "\n");
  }
}

TEST_CASE("a job gets the descriptors that are passed to it, and no others") {
  const Inheritable inheritable;
  for (const StartMethod method : all) {
    Jobs jobs;
    JobSpec spec = with_method(probe_job({"fds"}), method);
    spec.pass_fds = {300, 77, 300};
    CHECK(jobs.output_of(spec) == "77 300\n");
  }
}

TEST_CASE("a passed descriptor is the caller's, also when it was close-on-exec") {
  for (const StartMethod method : all) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    Pipe pipe = make_pipe();
    os::Fd passed = os::duplicate(pipe.write.get(), 60);
    JobSpec spec = with_method(probe_job({}), method);
    spec.target = {"/bin/sh", "-c", "echo passed >/proc/self/fd/" + std::to_string(passed.get())};
    spec.pass_fds = {passed.get()};
    CHECK(jobs.run_to_end(spec).exit_status == ExitStatus::exited(0));
    pipe.write.reset();
    passed.reset();
    CHECK(read_to_end(pipe.read.get()) == "passed\n");
  }
}

TEST_CASE("the lowest free descriptors can be passed, too") {
  for (const StartMethod method : all) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    Pipe pipe = make_pipe();
    JobSpec spec = with_method(probe_job({}), method);
    spec.target = {"/bin/sh", "-c", "echo passed >/proc/self/fd/" + std::to_string(pipe.write.get())};
    spec.pass_fds = {pipe.write.get()};
    CHECK(jobs.run_to_end(spec).exit_status == ExitStatus::exited(0));
    pipe.write.reset();
    CHECK(read_to_end(pipe.read.get()) == "passed\n");
  }
}

TEST_CASE("a descriptor that cannot be passed is refused") {
  Jobs jobs;
  JobSpec spec = probe_job({"exit", "0"});
  spec.pass_fds = {2};
  CHECK(failure_of([&] { jobs.registry.start(spec); }).code() == Errc::bad_value);
  spec.pass_fds = {999};
  CHECK(failure_of([&] { jobs.registry.start(spec); }).code() == system_error(EBADF));
  CHECK(jobs.registry.list().empty());
}

TEST_CASE("under fork a job can inherit every descriptor, and its monitor keeps none of them") {
  const Inheritable inheritable;
  Jobs jobs;
  Pipe pipe = make_pipe();
  os::place(pipe.write.get(), 79);
  JobSpec spec = probe_job({"fds", "hold", jobs.hold.path()});
  spec.inherit_fds = true;
  const JobId id = jobs.registry.start(spec);
  os::close_quietly(79);
  pipe.write.reset();
  jobs.hold.open();
  const std::string fds = " " + contents_of(jobs.registry.join(id)->stdout_log);
  CHECK(fds.find(" 77 78 79 ") != std::string::npos);
  CHECK(read_to_end(pipe.read.get()) == "");
}

TEST_CASE("a job leads a session of its own, whatever the method") {
  for (const StartMethod method : all) {
    Jobs jobs;
    CHECK(jobs.output_of(with_method(probe_job({"session"}), method)) == "leader\n");
  }
}

TEST_CASE("signals that the caller ignores or blocks are as new in a job, whatever the method") {
  ::signal(SIGUSR2, SIG_IGN);
  for (const StartMethod method : all) {
    Jobs jobs;
    const os::SignalBlock block;
    CHECK(jobs.output_of(with_method(probe_job({"ignored", "blocked"}), method)) == "\n\n");
  }
  ::signal(SIGUSR2, SIG_DFL);
}

TEST_CASE("a monitor made in advance serves the next start, and one that is not needed leaves") {
  Jobs jobs;
  Registry::stand_by();
  Registry::stand_by();
  CHECK(jobs.run_to_end(probe_job({"exit", "5"})).exit_status == ExitStatus::exited(5));
  CHECK(jobs.run_to_end(probe_job({"exit", "6"})).exit_status == ExitStatus::exited(6));
}

TEST_CASE("what a job has from its birth is its caller's, also from a server that somebody else has made") {
  for (const StartMethod method : all) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    const pid_t server = server_of_another(jobs);
    const std::string place = jobs.temp.outside() / "place";
    REQUIRE(::mkdir(place.c_str(), 0700) == 0);
    const std::string limit = limit_words(RLIMIT_NOFILE, 128);
    const int nice = ::getpriority(PRIO_PROCESS, 0);
    const JobSpec spec =
        with_method(probe_job({"env", "OF_THE_SERVER", "env", "OF_BOTH", "env", "OF_THE_CALLER", "cwd",
                               "umask", "nice", "limit", std::to_string(RLIMIT_NOFILE), "limit",
                               std::to_string(RLIMIT_CORE), "fds", "ignored", "blocked", "session"}),
                    method);
    const std::string output = output_from(jobs, spec, [&] {
      ::setenv("OF_THE_CALLER", "yes", 1);
      ::setenv("OF_BOTH", "caller", 1);
      (void)!::chdir(place.c_str());
      ::umask(0127);
      set_soft_limit(RLIMIT_NOFILE, 128);
      ::setpriority(PRIO_PROCESS, 0, nice + 2);
    });
    rlimit core{};
    ::getrlimit(RLIMIT_CORE, &core);
    CHECK(output == "(unset)\ncaller\nyes\n" + place + "\n127\n" + std::to_string(nice + 2) + "\n" + limit +
                        "\n" + limit_words(RLIMIT_CORE, core.rlim_cur) + "\n\n\n\nleader\n");
    CHECK(jobs.registry.fork_server().pid == server);
  }
}

TEST_CASE("umask, nice value and limits that a job is to have are added to its caller's") {
  for (const StartMethod method : all) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    (void)server_of_another(jobs);
    JobSpec spec = with_method(
        probe_job({"umask", "nice", "limit", std::to_string(RLIMIT_NOFILE), "env", "OF_THE_SERVER"}), method);
    spec.umask = 0;
    spec.nice = 3;
    spec.limits = {{"nofile", 99, 100}};
    spec.set_env = {{"OF_THE_SERVER", "no"}};
    const int nice = ::getpriority(PRIO_PROCESS, 0);
    const auto before = [&] { ::setpriority(PRIO_PROCESS, 0, nice + 1); };
    CHECK(output_from(jobs, spec, before) == "000\n" + std::to_string(nice + 4) + "\n99 100\nno\n");
  }
}

TEST_CASE("a job begins in its caller's directory, also when that has no path any more") {
  for (const StartMethod method : all) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    (void)server_of_another(jobs);
    const std::string place = jobs.temp.outside() / "deleted";
    const std::string output = output_from(jobs, with_method(probe_job({"cwd"}), method), [&] {
      (void)::mkdir(place.c_str(), 0700);
      (void)!::chdir(place.c_str());
      (void)::rmdir(place.c_str());
    });
    CHECK(output == "(none)\n");
  }
}

TEST_CASE("a job begins in its caller's directory, also when the way there is closed") {
  for (const StartMethod method : all) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    const std::string closed = jobs.temp.outside() / "closed";
    const std::string place = closed + "/place";
    REQUIRE(::mkdir(closed.c_str(), 0700) == 0);
    REQUIRE(::mkdir(place.c_str(), 0100) == 0);
    const std::string output = output_from(jobs, with_method(probe_job({"cwd"}), method), [&] {
      give_up_privileges({CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH});
      (void)!::chdir(place.c_str());
      (void)::chmod(closed.c_str(), 0);
    });
    (void)::chmod(closed.c_str(), 0700);
    CHECK(output == place + "\n");
  }
}

TEST_CASE("a job's directory can be named from its caller's, and its streams, too") {
  for (const StartMethod method : all) {
    CAPTURE(static_cast<int>(method));
    Jobs jobs;
    (void)server_of_another(jobs);
    const std::string place = jobs.temp.outside().path();
    REQUIRE(::mkdir((place + "/below").c_str(), 0700) == 0);
    (void)jobs.temp.outside().file("in", "from the caller\n");
    JobSpec spec = with_method(probe_job({"cat", "cwd", "complain", "oh"}), method);
    spec.cwd = "below";
    spec.stdin_file = "in";
    spec.stdout_file = "out";
    spec.stderr_file = "err";
    CHECK(output_from(jobs, spec, [&] {
            (void)!::chdir(place.c_str());
            ::umask(027);
          }) == "from the caller\n" + place + "/below\n");
    CHECK(contents_of(place + "/err") == "oh\n");
    for (const char* file : {"/out", "/err"})
      CHECK(os::status_at(os::current_directory(), place + file)->mode == 0640);
  }
}

TEST_CASE("a server that was started with less than its client has is replaced by one that can serve both") {
  Jobs jobs;
  rlimit own{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &own) == 0);
  Child limited([&](int output) {
    jobs.hold.open();
    give_up_privileges({CAP_SYS_RESOURCE});
    const rlimit less{64, 64};
    ::setrlimit(RLIMIT_NOFILE, &less);
    Registry registry(jobs.temp.path());
    (void)registry.join(registry.start(with_method(probe_job({"exit", "0"}), StartMethod::forkserver)));
    os::write_all(output, std::to_string(registry.fork_server().pid));
    return 0;
  });
  const pid_t first = std::stoi(limited.read_output());
  CHECK(limited.wait() == ExitStatus::exited(0));
  const Reported old(first, "server");
  const JobSpec spec =
      with_method(probe_job({"limit", std::to_string(RLIMIT_NOFILE)}), StartMethod::forkserver);
  CHECK(jobs.output_of(spec) == limit_words(RLIMIT_NOFILE, own.rlim_cur) + "\n");
  CHECK(jobs.registry.fork_server().pid != first);
  CHECK(jobs.registry.list().size() == 2);
  old.await_end();
}

TEST_CASE("a caller without standard streams can start jobs") {
  for (const StartMethod method : all) {
    CAPTURE(to_string(method));
    Jobs jobs;
    const JobSpec spec = with_method(probe_job({"exit", "3"}), method);
    Child caller([&](int) {
      for (const int number : {0, 1, 2}) os::close_quietly(number);
      return static_cast<int>(jobs.registry.start(spec));
    });
    REQUIRE(caller.wait() == ExitStatus::exited(1));
    CHECK(jobs.registry.join(1)->exit_status == ExitStatus::exited(3));
  }
}
