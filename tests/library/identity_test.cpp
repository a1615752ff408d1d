// SPDX-License-Identifier: MIT
// Names, identities, keys, the daemon flag, and what an object says of itself.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <set>
#include <thread>

#include "brood/this_process.hpp"
#include "brood/value.hpp"
#include "brood/wait.hpp"
#include "library/children.hpp"
#include "library/output.hpp"
#include "os/file.hpp"
#include "support/child.hpp"
#include "support/failure.hpp"
#include "support/methods.hpp"
#include "support/temp_dir.hpp"

using namespace brood;
using test::failure_of;
using test::Held;
using test::told_by;
using test::under_each_method;

namespace {

ProcessKey key_of(std::string_view words) { return ProcessKey(std::as_bytes(std::span(words))); }

// Of this process for a while, and then as before.
class OwnKey {
 public:
  explicit OwnKey(const ProcessKey& key) : before_(this_process().authkey()) {
    this_process().set_authkey(key);
  }
  ~OwnKey() { this_process().set_authkey(before_); }
  OwnKey(const OwnKey&) = delete;
  OwnKey& operator=(const OwnKey&) = delete;

 private:
  ProcessKey before_;
};

TEST_CASE("every object takes the next number, named or not, started or not") {
  const int before = Process().identity().at(0);
  const Process named({.name = "named"});
  const Process next;
  CHECK(named.identity() == std::vector<int>{before + 1});
  CHECK(next.identity() == std::vector<int>{before + 2});
  CHECK(next.name() == "Process-" + std::to_string(before + 2));
  const Process other({.name_prefix = "Worker"});
  CHECK(other.name() == "Worker-" + std::to_string(before + 3));
}

TEST_CASE("numbers that are taken by several threads are all different") {
  constexpr std::size_t each = 100;
  std::vector<int> taken[4];
  std::vector<std::thread> threads;
  for (auto& own : taken)
    threads.emplace_back([&own] {
      for (std::size_t i = 0; i < each; ++i) own.push_back(Process().identity().at(0));
    });
  for (auto& thread : threads) thread.join();
  std::set<int> all;
  for (const auto& own : taken) all.insert(own.begin(), own.end());
  CHECK(all.size() == 4 * each);
}

void tell_identity(int depth, const std::string& method) {
  for (const int number : this_process().identity()) test::put(std::to_string(number) + ".");
  test::put(" ");
  if (depth == 0) return;
  (void)Process();  // the first number goes to nobody
  Process child({.target = tell_identity, .args = {depth - 1, method}, .method = parse_start_method(method)});
  child.start();
  child.join();
}
BROOD_TARGET(tell_identity);

TEST_CASE("a child counts its own children from 1, below its own number") {
  under_each_method([](StartMethod method) {
    const std::string own = std::to_string(Process().identity().at(0) + 1);
    const auto told = told_by(method, tell_identity, {2, std::string(to_string(method))});
    CHECK(told.out == own + ". " + own + ".2. " + own + ".2.2. ");
    CHECK(told.code == 0);
  });
}

TEST_CASE("a name that is empty, or has control characters or a slash, is refused") {
  Process process({.name = "before"});
  for (const char* name : {"", "a/b", "/", "a\nb", "\x7f", "\x1b[1m"}) {
    CAPTURE(name);
    CHECK(failure_of([&] { process.set_name(name); }).code() == Errc::bad_value);
    if (*name) CHECK(failure_of([&] { Process refused({.name = name}); }).code() == Errc::bad_value);
  }
  CHECK(process.name() == "before");
  for (const char* name : {"x", "a b", "Größe", "1", "-"}) {
    process.set_name(name);
    CHECK(process.name() == name);
  }
}

void tell_name(int up, int go) {
  test::send_byte(up);
  test::await_byte(go);
  test::put(this_process().name());
}
BROOD_TARGET(tell_name);

TEST_CASE("a name can change at any time, and the child keeps its copy") {
  under_each_method([](StartMethod method) {
    Held child(method, {.name = "at the start", .out = Stream::pipe()}, tell_name);
    child->set_name("while it runs");
    child.end();
    CHECK(test::read_to_end(child->output()) == "at the start");
    CHECK(child->name() == "while it runs");
    child->set_name("after its end");
    child->close();
    child->set_name("when closed");
    CHECK(child->name() == "when closed");
  });
}

TEST_CASE("the states of an object, and what it says of itself") {
  under_each_method([](StartMethod method) {
    const std::string parent = " parent=" + std::to_string(this_process().pid());
    Process unstarted({.name = "one", .daemon = true, .method = method});
    CHECK(unstarted.state() == ProcessState::initial);
    CHECK(unstarted.to_string() == "<Process name='one'" + parent + " initial daemon>");
    Held child(method, {.name = "two"});
    const std::string pid = " pid=" + std::to_string(child->pid().value());
    CHECK(child->state() == ProcessState::started);
    CHECK(child->to_string() == "<Process name='two'" + pid + parent + " started>");
    child->terminate();
    child->join();
    CHECK(child->state() == ProcessState::stopped);
    CHECK(child->to_string() == "<Process name='two'" + pid + parent + " stopped exitcode=-SIGTERM>");
    child->close();
    CHECK(child->state() == ProcessState::closed);
    CHECK(child->to_string().find(" closed") != std::string::npos);
  });
}

TEST_CASE("in a fork that brood did not make an object cannot tell how its process is") {
  Held child(StartMethod::spawn);
  const auto seen_in_fork = [&] {
    test::Child fork([&](int output) {
      std::string words(to_string(child->state()));
      words += child->exitcode() ? " a code" : " no code";
      words += child->is_alive() ? " alive" : " gone";
      os::write_all(output, words);
      return 0;
    });
    const std::string words = fork.read_output();
    CHECK(fork.wait().exitcode() == 0);
    return words;
  };
  CHECK(seen_in_fork() == "unknown no code alive");
  child.tell();
  (void)wait({child.process()});
  CHECK(seen_in_fork() == "unknown no code gone");
  CHECK(child->join() == 0);
  CHECK(seen_in_fork() == "stopped a code gone");
}

TEST_CASE("a closed object still has its name, daemon flag, key and identity, and nothing else") {
  under_each_method([](StartMethod method) {
    Process child({.target = test::nothing, .name = "closed", .daemon = true, .method = method});
    child.set_authkey(key_of("secret"));
    const auto identity = child.identity();
    child.start();
    child.join();
    child.close();
    child.close();
    CHECK(child.name() == "closed");
    CHECK(child.daemon());
    CHECK(child.authkey() == key_of("secret"));
    CHECK(child.identity() == identity);
    CHECK(failure_of([&] { child.set_daemon(false); }).code() == Errc::closed);
    CHECK(failure_of([&] { (void)child.exit_status(); }).code() == Errc::closed);
    CHECK(failure_of([&] { (void)child.exit_unknown(); }).code() == Errc::closed);
    CHECK(failure_of([&] { (void)child.interrupt(); }).code() == Errc::closed);
    CHECK(failure_of([&] { (void)child.signal(SIGUSR1); }).code() == Errc::closed);
    CHECK(failure_of([&] { (void)child.terminate(std::chrono::milliseconds(0)); }).code() == Errc::closed);
    CHECK(failure_of([&] { (void)child.join(std::chrono::seconds(0)); }).code() == Errc::closed);
  });
}

void tell_key() {
  const ProcessKey key = this_process().authkey();
  for (const std::byte byte : key.bytes()) {
    const char character = static_cast<char>(byte);
    test::put({&character, 1});
  }
}
BROOD_TARGET(tell_key);

TEST_CASE("a child has the key of its object, which is that of the process when the object was made") {
  under_each_method([](StartMethod method) {
    ProcessOptions options{.target = tell_key, .method = method, .out = Stream::pipe()};
    const auto run = [](Process& child) {
      child.start();
      const std::string words = test::read_to_end(child.output());
      child.join();
      return words;
    };
    const OwnKey first(key_of("first"));
    Process a(options), b(options);
    const OwnKey second(key_of("second"));
    Process c(options);
    b.set_authkey(key_of("b's own"));
    CHECK(run(a) == "first");
    CHECK(run(b) == "b's own");
    CHECK(run(c) == "second");
  });
}

TEST_CASE("a key is 32 random bytes, never empty, and compared as a whole") {
  const ProcessKey random = ProcessKey::random();
  CHECK(random.bytes().size() == 32);
  CHECK_FALSE(ProcessKey::random() == ProcessKey::random());
  CHECK(key_of("abc") == key_of("abc"));
  CHECK_FALSE(key_of("abc") == key_of("abd"));
  CHECK_FALSE(key_of("abc") == key_of("abcd"));
  CHECK(failure_of([] { key_of(""); }).code() == Errc::bad_value);
  static_assert(!ToValue<ProcessKey> && !FromValue<ProcessKey>);
}

TEST_CASE("no key is in a command line or an environment") {
  under_each_method([](StartMethod method) {
    const OwnKey key(key_of("a key to be found"));
    Held child(method);
    for (const char* file : {"/cmdline", "/environ"}) {
      const std::string text = test::contents_of("/proc/" + std::to_string(child->pid().value()) + file);
      CHECK_FALSE(text.empty());
      CHECK(text.find("a key to be found") == std::string::npos);
    }
    child.end();
  });
}

void tell_of_daemon(const std::string& method) {
  test::put(this_process().daemon() ? "daemon " : "no daemon ");
  Process child({.target = test::nothing, .method = parse_start_method(method)});
  test::put(child.daemon() ? "inherited " : "not inherited ");
  try {
    child.start();
    child.join();
    test::put("started");
  } catch (const Error& problem) {
    test::put(error_code_name(problem.code()));
  }
}
BROOD_TARGET(tell_of_daemon);

TEST_CASE("the daemon flag is inherited, and forbids children unless they are allowed") {
  under_each_method([](StartMethod method) {
    ProcessOptions options{
        .target = tell_of_daemon, .args = {std::string(to_string(method))}, .method = method};
    CHECK(told_by(options).out == "no daemon not inherited started");
    options.daemon = true;
    CHECK(told_by(options).out == "daemon inherited daemonic_child");
    options.allow_children = true;
    CHECK(told_by(options).out == "daemon inherited started");
  });
}

TEST_CASE("the daemon flag is fixed by the start") {
  under_each_method([](StartMethod method) {
    Process child({.target = test::nothing, .method = method});
    CHECK_FALSE(child.daemon());
    child.set_daemon(true);
    CHECK(child.daemon());
    child.start();
    CHECK(failure_of([&] { child.set_daemon(false); }).code() == Errc::already_started);
    child.join();
    CHECK(failure_of([&] { child.set_daemon(false); }).code() == Errc::already_started);
    CHECK(child.daemon());
  });
}

TEST_CASE("the main process is no child of anybody's") {
  CHECK(this_process().name() == "MainProcess");
  CHECK(this_process().identity().empty());
  CHECK_FALSE(this_process().daemon());
  CHECK_FALSE(parent_process());
}

}  // namespace
