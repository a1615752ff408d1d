// SPDX-License-Identifier: MIT
// Fork servers that are killed, stopped or feigned, and clients that are none.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include "monitor/order.hpp"
#include "support/child.hpp"
#include "support/failure.hpp"
#include "support/guard.hpp"
#include "support/sanitizers.hpp"
#include "support/server.hpp"

using namespace brood;
using namespace brood::test;
using namespace std::chrono_literals;
using monitor::ServerKind;

namespace {

JobSpec quick(int code) {
  JobSpec spec = probe_job({"exit", std::to_string(code)});
  spec.method = StartMethod::forkserver;
  return spec;
}

// Takes whoever comes, says `words` to them, and hangs up.
Child impostor(const os::Fd& listener, std::string words, Jobs& jobs) {
  return Child([&jobs, words, socket = listener.get()](int) {
    jobs.hold.open();
    for (;;) {
      await_ready(socket);
      if (const auto client = os::accept_one(socket)) (void)os::send_now(client->get(), words);
    }
    return 0;
  });
}

// Answers of the server, until it hangs up.
std::string answer_of(const os::Fd& client) { return read_to_end(client.get()); }

std::size_t descriptors_of(pid_t pid) {
  const os::Fd dir =
      os::open_at(os::current_directory(), "/proc/" + std::to_string(pid) + "/fd", os::Open::directory);
  return os::names_in(dir.get()).size();
}

// The lowest numbers that a process has no descriptor by.
std::vector<rlim_t> free_descriptors_of(pid_t pid) {
  const std::string fds = "/proc/" + std::to_string(pid) + "/fd/";
  std::vector<rlim_t> free;
  for (rlim_t number = 0; free.size() < 2; ++number)
    if (::faccessat(AT_FDCWD, (fds + std::to_string(number)).c_str(), F_OK, AT_SYMLINK_NOFOLLOW) != 0)
      free.push_back(number);
  return free;
}

// The limit that was there before.
rlimit limit_descriptors(pid_t pid, rlim_t most) {
  rlimit before{};
  REQUIRE(::prlimit(pid, RLIMIT_NOFILE, nullptr, &before) == 0);
  const rlimit now{most, before.rlim_max};
  REQUIRE(::prlimit(pid, RLIMIT_NOFILE, &now, nullptr) == 0);
  return before;
}

// An order as it goes over the wire, without its descriptors.
std::string order_bytes(const Jobs& jobs) {
  monitor::Order order;
  order.state_path = jobs.temp.path();
  order.state_dir = os::duplicate(ServerPlace(jobs).state.fd());
  order.argv = probe({"say", jobs.reports.path(), "never"});
  order.name = "never";
  const auto [mine, theirs] = os::socket_pair();
  monitor::send_order(mine.get(), order);
  std::string bytes(64 * 1024, '\0');
  bytes.resize(static_cast<std::size_t>(::recv(theirs.get(), bytes.data(), bytes.size(), 0)));
  return bytes;
}

}  // namespace

TEST_CASE("the jobs of a fork server that is killed go on, and the next start makes another server") {
  Jobs jobs;
  std::vector<JobId> ids;
  for (int code = 10; code < 15; ++code) ids.push_back(jobs.registry.start(ending_with(jobs, code)));
  const pid_t first = jobs.registry.fork_server().pid;
  kill_process(first);
  CHECK_FALSE(jobs.registry.fork_server().running);
  for (const JobId id : ids) CHECK(jobs.registry.info(id).state == JobState::running);

  const JobId later = jobs.registry.start(ending_with(jobs, 99));
  const ForkServerInfo server = jobs.registry.fork_server();
  CHECK(server.running);
  CHECK(server.pid != first);
  CHECK(server.jobs == 1);
  CHECK(jobs.registry.terminate({ids.back()}).empty());
  ids.pop_back();
  jobs.hold.open();
  for (std::size_t i = 0; i < ids.size(); ++i)
    CHECK(jobs.registry.join(ids[i])->exit_status == ExitStatus::exited(10 + static_cast<int>(i)));
  CHECK(jobs.registry.join(later)->exit_status == ExitStatus::exited(99));
}

TEST_CASE("starts while fork servers are being killed all succeed, once each") {
  Jobs jobs;
  for (int round = 0; round < 10; ++round) {
    (void)jobs.registry.start_fork_server();
    Child killer([&](int) {
      jobs.hold.open();
      const pid_t server = Registry(jobs.temp.path()).fork_server().pid;
      return server > 1 ? ::kill(server, SIGKILL) : 0;
    });
    // One that dies with the order in its hands, or in a monitor that has just been forked, is an error; never a job twice.
    const std::string name = "round-" + std::to_string(round);
    JobSpec spec = quick(round);
    spec.name = name;
    const JobId id = jobs.registry.start(spec);
    CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(round));
    CHECK(jobs.registry.find(name, Matching::all).size() == 1);
    (void)killer.wait();
  }
}

TEST_CASE("a fork server that was stopped is continued by whoever needs it") {
  Jobs jobs;
  const pid_t server = jobs.registry.start_fork_server().pid;
  freeze(server);
  CHECK(jobs.run_to_end(quick(5)).exit_status == ExitStatus::exited(5));
  CHECK(jobs.registry.fork_server().pid == server);
}

TEST_CASE("an order that is longer than a socket holds waits for no server that is stopped") {
  Jobs jobs;
  freeze(jobs.registry.start_fork_server().pid);
  JobSpec spec = probe_job({"exit", "4"});
  spec.method = StartMethod::forkserver;
  for (int i = 0; i < 10; ++i) spec.set_env["LONG_" + std::to_string(i)] = std::string(100'000, 'x');
  CHECK(jobs.run_to_end(spec).exit_status == ExitStatus::exited(4));
}

TEST_CASE("who waits for a job is let go when it is over, also while the fork server is stopped") {
  Jobs jobs;
  const JobId id = jobs.registry.start(guarded(jobs, {}, {"exit", "3"}));
  const Reported target = jobs.reports.await("up");
  Child waiting = waiter(jobs, id);
  const pid_t server = jobs.registry.fork_server().pid;
  freeze(server);
  jobs.hold.open();
  CHECK(waiting.read_output() == "3");
  CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(3));
  REQUIRE(::kill(server, SIGCONT) == 0);
}

TEST_CASE("who listens in the place of a fork server without its lock is replaced") {
  Jobs jobs;
  const ServerPlace place(jobs);
  const os::Fd listener = place.listen();
  SUBCASE("and says nothing") { CHECK(jobs.run_to_end(quick(5)).exit_status == ExitStatus::exited(5)); }
  SUBCASE("and hangs up") {
    const Child other = impostor(listener, "", jobs);
    CHECK(jobs.run_to_end(quick(5)).exit_status == ExitStatus::exited(5));
  }
  SUBCASE("and talks nonsense") {
    const Child other = impostor(listener, "good afternoon", jobs);
    CHECK(jobs.run_to_end(quick(5)).exit_status == ExitStatus::exited(5));
  }
  SUBCASE("and is not taken for one by those who only ask") {
    const Child other = impostor(listener, "", jobs);
    CHECK_FALSE(jobs.registry.fork_server().running);
    CHECK_FALSE(jobs.registry.stop_fork_server());
    CHECK(jobs.run_to_end(quick(5)).exit_status == ExitStatus::exited(5));
  }
  CHECK(jobs.registry.fork_server().running);
}

TEST_CASE("of many that find the place of a fork server taken all are served, by one") {
  Jobs jobs;
  const ServerPlace place(jobs);
  const os::Fd listener = place.listen();
  const Child other = impostor(listener, "", jobs);
  std::vector<Child> starters;
  for (int i = 0; i < 6; ++i)
    starters.emplace_back([&](int output) {
      jobs.hold.open();
      Registry registry(jobs.temp.path());
      const JobInfo info = *registry.join(registry.start(quick(i)));
      os::write_all(output, std::to_string(info.exit_status->exitcode()) + " " +
                                std::to_string(registry.fork_server().pid));
      return 0;
    });
  std::set<std::string> servers;
  for (std::size_t i = 0; i < starters.size(); ++i) {
    const std::string output = starters[i].read_output();
    CHECK(output.substr(0, 2) == std::to_string(i) + " ");
    servers.insert(output.substr(std::min<std::size_t>(2, output.size())));
    CHECK(starters[i].wait() == ExitStatus::exited(0));
  }
  CHECK(servers.size() == 1);
}

TEST_CASE("a place that is taken together with the lock is given up, not waited for without end") {
  Jobs jobs;
  const ServerPlace place(jobs);
  const os::Fd lock = place.lock();
  const os::Fd listener = place.listen();
  SUBCASE("by one that says nothing") {
    CHECK(failure_of([&] { return jobs.registry.start(quick(0)); }).code() == Errc::server_unreachable);
  }
  SUBCASE("by one that hangs up") {
    const Child other = impostor(listener, "", jobs);
    CHECK(failure_of([&] { return jobs.registry.start(quick(0)); }).code() == Errc::server_unreachable);
    CHECK(failure_of([&] { return jobs.registry.fork_server(); }).code() == Errc::server_unreachable);
    CHECK(failure_of([&] { return jobs.registry.stop_fork_server(true); }).code() ==
          Errc::server_unreachable);
  }
  CHECK(jobs.files().empty());
  // So that the case can end: as a dead server would leave it.
  os::remove_file_at(place.dir.get(), "socket");
  os::remove_file_at(place.dir.get(), "lock");
}

TEST_CASE("what stands in the place of a fork server's socket, and is none, is replaced") {
  Jobs jobs;
  const ServerPlace place(jobs);
  SUBCASE("a file") { os::open_at(place.dir.get(), "socket", os::Open::create_new).reset(); }
  SUBCASE("a FIFO") { (void)os::make_fifo_at(place.dir.get(), "socket"); }
  SUBCASE("a dangling link") { REQUIRE(::symlink("nowhere", (place.path + "/socket").c_str()) == 0); }
  SUBCASE("the socket of one that is dead") { (void)place.listen(); }
  CHECK(jobs.run_to_end(quick(5)).exit_status == ExitStatus::exited(5));
}

TEST_CASE("a directory in the place of a fork server's socket is an error that names it") {
  Jobs jobs;
  const ServerPlace place(jobs);
  (void)os::make_directory_at(place.dir.get(), "socket", 0700);
  const Error problem = failure_of([&] { return jobs.registry.start(quick(0)); });
  CHECK(std::string(problem.what()).find("socket") != std::string::npos);
  CHECK(jobs.files().empty());
  CHECK(os::remove_directory_at(place.dir.get(), "socket"));
  CHECK(jobs.run_to_end(quick(5)).exit_status == ExitStatus::exited(5));
}

TEST_CASE("a record of a fork server that is dead, damaged or another's deceives nobody") {
  for (const char* record :
       {"", "{", "[]", "{\"version\":1}", "{\"pid\":\"1\"}", "{\"pid\":99999999999999999999}"}) {
    CAPTURE(record);
    Jobs jobs;
    const ServerPlace place(jobs);
    os::write_all(os::open_at(place.dir.get(), "record", os::Open::create_new).get(), record);
    CHECK_FALSE(jobs.registry.fork_server().running);
    CHECK(jobs.run_to_end(quick(5)).exit_status == ExitStatus::exited(5));
    CHECK(store::load_server_record(place.dir.get())->pid == jobs.registry.fork_server().pid);
  }
}

TEST_CASE(
    "clients that say nothing, half of something or nonsense do a fork server no harm and cost it nothing") {
  Jobs jobs;
  const ServerPlace place(jobs);
  const pid_t server = jobs.registry.start_fork_server().pid;
  // One whose second half comes when it has been taken in is answered by a later turn of the server's loop, which first
  // looks at those who came before. An answer that has been read to its end holds no descriptor any more.
  const auto count = [&] {
    const os::Fd client = place.connect();
    os::send_all(client.get(), monitor::server_head(ServerKind::status).substr(0, 5));
    (void)jobs.registry.fork_server();
    os::send_all(client.get(), monitor::server_head(ServerKind::status).substr(5));
    (void)answer_of(client);
    return descriptors_of(server);
  };
  const std::size_t before = count();
  {
    const os::Fd silent = place.connect();
    const os::Fd half = place.connect();
    os::send_all(half.get(), monitor::server_head(ServerKind::status).substr(0, 5));
    for (const std::string& words :
         {std::string("nonsense"), std::string("GET / HTTP/1.1\r\n\r\n"), std::string(8, '\0'),
          std::string(8, '\xff'), std::string(5000, 'x'), monitor::server_head(ServerKind::ready),
          monitor::server_head(ServerKind{999})}) {
      const os::Fd client = place.connect();
      os::send_all(client.get(), words);
      std::string answer;
      std::vector<os::Fd> none;
      CHECK_FALSE(os::receive_exactly(client.get(), 1, answer, none));
    }
    CHECK(jobs.run_to_end(quick(5)).exit_status == ExitStatus::exited(5));
    CHECK(await_server_jobs(jobs.registry, 0).pid == server);

    // One that takes its time is served all the same.
    os::send_all(half.get(), monitor::server_head(ServerKind::status).substr(5));
    CHECK(answer_of(half).substr(0, 8) == monitor::server_head(ServerKind::report));
  }
  CHECK(count() == before);
  CHECK(jobs.registry.fork_server().pid == server);
}

TEST_CASE("clients that say nothing are no hindrance to one that speaks, however many they are") {
  Jobs jobs;
  const ServerPlace place(jobs);
  (void)jobs.registry.start_fork_server();
  std::vector<os::Fd> silent;
  for (int i = 0; i < 600; ++i) silent.push_back(place.connect());
  CHECK(jobs.run_to_end(quick(5)).exit_status == ExitStatus::exited(5));
  // Not for their silence, which was not waited for: the oldest had to make way.
  CHECK(os::is_hung_up(silent.front().get()));
  CHECK_FALSE(os::is_hung_up(silent[400].get()));
  CHECK_FALSE(os::is_hung_up(silent.back().get()));
}

TEST_CASE("a fork server that could not hold the sentinel of one more job refuses it" *
          doctest::skip(under_address_sanitizer)) {
  Jobs jobs;
  const pid_t server = jobs.registry.start_fork_server().pid;
  {
    const os::Fd client = ServerPlace(jobs).connect();
    os::send_all(client.get(), monitor::server_head(ServerKind::status));
    (void)answer_of(client);  // to its end: then no client is connected any more
  }
  const std::vector<rlim_t> free = free_descriptors_of(server);
  const rlimit before =
      limit_descriptors(server, free[0] + 1);  // the connection is all that there is room for
  const Error refusal = failure_of([&] { jobs.registry.start(quick(5)); });
  CHECK(refusal.code() == std::errc::too_many_files_open);
  CHECK(refusal.doing() == "start the job: the fork server has no room for it");
  CHECK(jobs.files().empty());

  // One descriptor more, and the job has a guard; that it can take over it needs others, later.
  (void)limit_descriptors(server, free[1] + 1);
  const JobId id = jobs.registry.start(ending_with(jobs, 7));
  (void)jobs.reports.await("up");
  (void)limit_descriptors(server, before.rlim_cur);
  kill_process(jobs.registry.info(id).monitor_pid);
  CHECK(jobs.registry.info(id).state == JobState::running);
  jobs.hold.open();
  CHECK(jobs.registry.join(id)->exit_status == ExitStatus::exited(7));
}

TEST_CASE("a client that asks for a launch and goes, wherever in its order, leaves nothing") {
  Jobs jobs;
  const ServerPlace place(jobs);
  const pid_t server = jobs.registry.start_fork_server().pid;
  const std::string order = order_bytes(jobs);
  for (const std::size_t sent :
       {std::size_t{0}, std::size_t{3}, std::size_t{8}, order.size() / 2, order.size() - 1, order.size()}) {
    CAPTURE(sent);
    os::Fd client = place.connect();
    os::send_all(client.get(), monitor::server_head(ServerKind::launch) + order.substr(0, sent));
    std::string answer;
    std::vector<os::Fd> none;
    CHECK(os::receive_exactly(client.get(), 8, answer, none));
    CHECK(answer == monitor::server_head(ServerKind::ready));
    client.reset();
    CHECK(await_server_jobs(jobs.registry, 0).pid == server);
  }
  CHECK(jobs.files().empty());
  CHECK_FALSE(jobs.reports.heard("never"));
  CHECK(jobs.run_to_end(quick(5)).exit_status == ExitStatus::exited(5));
}

TEST_CASE("a client that is killed once its order is out leaves a job that is kept") {
  Jobs jobs;
  const pid_t server = jobs.registry.start_fork_server().pid;
  freeze(server);
  Child client([&](int output) {
    jobs.hold.open();
    write_byte(output);
    return Registry(jobs.temp.path()).start(ending_with(jobs, 8)) == 1 ? 0 : 1;
  });
  (void)read_byte(client.output());
  // Asleep where the kernel has nothing to tell it: it waits for an answer.
  for (auto stat = os::process_stat(client.pid()); stat && stat->state != 'S';
       stat = os::process_stat(client.pid())) {
  }
  client.kill();
  (void)client.wait();
  REQUIRE(::kill(server, SIGCONT) == 0);
  // Whether the order was complete by then decides between a job and none; both are clean.
  const ForkServerInfo info = jobs.registry.fork_server();
  CHECK(info.pid == server);
  jobs.hold.open();
  (void)await_server_jobs(jobs.registry, 0);
  for (const JobInfo& job : jobs.registry.list()) CHECK(job.exit_status == ExitStatus::exited(8));
}

TEST_CASE("a client of another version is told so, but may always stop a fork server") {
  Jobs jobs;
  const ServerPlace place(jobs);
  const Reported server(jobs.registry.start_fork_server().pid, "server");
  const auto of_version_99 = [](ServerKind kind) {
    std::string head = monitor::server_head(kind);
    head[4] = 99;
    return head;
  };
  for (const ServerKind kind : {ServerKind::launch, ServerKind::status, ServerKind{7}}) {
    const os::Fd client = place.connect();
    os::send_all(client.get(), of_version_99(kind));
    CHECK(answer_of(client) == monitor::server_head(ServerKind::other_version));
  }
  const os::Fd client = place.connect();
  os::send_all(client.get(), of_version_99(ServerKind::stop));
  CHECK(answer_of(client) == monitor::server_head(ServerKind::leaving));
  server.await_end();
}

TEST_CASE("a fork server of another version is replaced") {
  Jobs jobs;
  const ServerPlace place(jobs);
  os::Fd lock = place.lock();
  os::Fd listener = place.listen();
  // Like a server of a later version: it cannot launch, and leaves when it is told to.
  Child other([&](int) {
    jobs.hold.open();
    std::string head = monitor::server_head(ServerKind::other_version);
    head[4] = 99;
    for (bool is_leaving = false; !is_leaving;) {
      await_ready(listener.get());
      const auto client = os::accept_one(listener.get());
      if (!client) continue;
      os::set_blocking(client->get());
      std::string asked;
      std::vector<os::Fd> fds;
      if (!os::receive_exactly(client->get(), 8, asked, fds)) continue;
      is_leaving = asked == monitor::server_head(ServerKind::force_stop);
      if (is_leaving) {
        os::remove_file_at(place.dir.get(), "socket");
        head = monitor::server_head(ServerKind::leaving);
        lock.reset();
      }
      (void)os::send_now(client->get(), head);
    }
    return 0;
  });
  lock.reset();
  listener.reset();
  CHECK(jobs.run_to_end(quick(5)).exit_status == ExitStatus::exited(5));
  CHECK(other.wait() == ExitStatus::exited(0));
  CHECK(jobs.registry.fork_server().running);
}
