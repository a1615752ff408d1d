// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <limits>
#include <numeric>
#include <thread>

#include "brood/wait.hpp"
#include "os/poll.hpp"
#include "os/proc.hpp"
#include "os/process.hpp"
#include "support/child.hpp"
#include "support/failure.hpp"
#include "support/rendezvous.hpp"

using namespace brood;
using namespace brood::test;
using namespace std::chrono_literals;

namespace {

using Indices = std::vector<std::size_t>;

// Objects such as a Process, which keep their descriptor.
struct Numbered {
  int fd;
  int sentinel() const { return fd; }
};
struct Owning {
  Sentinel end;
  const Sentinel& sentinel() const { return end; }
};
struct Unstarted {
  int sentinel() const { throw Error(Errc::not_started, "sentinel"); }
};
// What makes a new one with each call, as Job does, would have closed it before the wait.
struct Making {
  Sentinel sentinel() const { return Sentinel(-1); }
};

static_assert(std::is_convertible_v<int, Waitable>);
static_assert(std::is_convertible_v<const Sentinel&, Waitable>);
static_assert(std::is_convertible_v<const Numbered&, Waitable>);
static_assert(std::is_convertible_v<Owning&, Waitable>);
static_assert(!std::is_constructible_v<Waitable, Sentinel>);
static_assert(!std::is_constructible_v<Waitable, const Sentinel>);
static_assert(!std::is_constructible_v<Waitable, Owning>);
static_assert(!std::is_constructible_v<Waitable, const Making&>);
static_assert(!std::is_copy_constructible_v<Sentinel>);

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

int closed_descriptor() {
  const os::Fd fd = os::ready_fd();
  return fd.get();
}

std::string refusal(std::initializer_list<Waitable> objects) {
  const Error error = failure_of([&] { return wait(objects, 0ms); });
  CHECK(error.code() == Errc::bad_value);
  return error.what();
}

}  // namespace

TEST_CASE("a Sentinel closes its descriptor, and a moved one only once") {
  const int first = os::ready_fd().release(), second = os::ready_fd().release();
  {
    Sentinel one(first);
    CHECK(one.fd() == first);
    Sentinel other(std::move(one));
    CHECK(other.fd() == first);
    Sentinel target(second);
    target = std::move(other);
    CHECK_FALSE(is_open(second));
    CHECK(is_open(first));
    Sentinel& same = target;
    target = std::move(same);
    CHECK(is_open(first));
  }
  CHECK_FALSE(is_open(first));
}

TEST_CASE("the wait for no objects is over at once") {
  CHECK(wait({}).empty());
  CHECK(wait({}, 24h).empty());
  CHECK(wait(std::vector<Waitable>{}, std::nullopt).empty());
}

TEST_CASE("a wait tells all that are ready, in the order in which they were given") {
  const Pipe a = make_pipe(), b = make_pipe(), c = make_pipe();
  write_byte(c.write.get());
  write_byte(a.write.get());
  CHECK(wait({c.read.get(), b.read.get(), a.read.get()}) == Indices{0, 2});
  CHECK(wait({b.read.get(), a.read.get(), c.read.get()}, 24h) == Indices{1, 2});
}

TEST_CASE("what is ready stays so, and nothing is read from it") {
  const Pipe pipe = make_pipe();
  write_byte(pipe.write.get(), 'x');
  for (int round = 0; round < 3; ++round) CHECK(wait({pipe.read.get()}) == Indices{0});
  CHECK(read_byte(pipe.read.get()) == 'x');
  CHECK(wait({pipe.read.get()}, 0ms).empty());
}

TEST_CASE("hang-ups and errors are ready, too") {
  Pipe hung_up = make_pipe(), broken = make_pipe();
  hung_up.write.reset();
  broken.read.reset();
  CHECK(wait({hung_up.read.get(), broken.write.get()}) == Indices{0, 1});
}

TEST_CASE("numbers, sentinels and objects that have one are waited for in any mix") {
  const Sentinel sentinel(os::ready_fd().release());
  const Numbered numbered{sentinel.fd()};
  Owning owning{Sentinel(os::ready_fd().release())};
  const Pipe pipe = make_pipe();
  CHECK(wait({pipe.read.get(), owning, sentinel, numbered}) == Indices{1, 2, 3});
  CHECK(failure_of([] {
          const Unstarted unstarted;
          return wait({unstarted});
        }).code() == Errc::not_started);
}

TEST_CASE("a wait blocks until something happens") {
  const Pipe pipe = make_pipe(), done = make_pipe();
  const pid_t self = ::gettid();
  std::thread writer([&] {
    // Not before the wait sleeps, which is all that this thread does.
    while (os::process_stat(self)->state != 'S') std::this_thread::yield();
    write_byte(pipe.write.get());
  });
  CHECK(wait({done.read.get(), pipe.read.get()}) == Indices{1});
  writer.join();
}

TEST_CASE("a wait without time only looks") {
  const Pipe pipe = make_pipe();
  const Sentinel ready(os::ready_fd().release());
  const std::vector<Waitable> objects{pipe.read.get(), ready};
  using Clock = std::chrono::steady_clock;
  CHECK(wait(objects, 0ms) == Indices{1});
  CHECK(wait(objects, -5s) == Indices{1});
  CHECK(wait(objects, Clock::now() - 1h) == Indices{1});
  CHECK(wait(objects, Clock::time_point::min()) == Indices{1});
  CHECK(wait({pipe.read.get()}, 0ms).empty());
  CHECK(wait({pipe.read.get()}, -5s).empty());
  CHECK(wait({pipe.read.get()}, Clock::now() - 1h).empty());
  CHECK(wait({pipe.read.get()}, Clock::time_point::min()).empty());
}

TEST_CASE("a wait whose time runs out tells nothing, and does not end early") {
  const Pipe pipe = make_pipe();
  const auto begin = std::chrono::steady_clock::now();
  CHECK(wait({pipe.read.get()}, 1500us).empty());
  CHECK(std::chrono::steady_clock::now() - begin >= 1500us);
  CHECK(wait({pipe.read.get()}, begin + 5ms).empty());
  CHECK(std::chrono::steady_clock::now() - begin >= 5ms);
}

TEST_CASE("the longest times are without limit, and not-a-number is refused") {
  const Sentinel ready(os::ready_fd().release());
  const Pipe pipe = make_pipe();
  const auto after = [&](auto timeout) { return wait({ready, pipe.read.get()}, timeout); };
  using Seconds = std::chrono::duration<double>;
  CHECK(after(Seconds(std::numeric_limits<double>::infinity())) == Indices{0});
  CHECK(after(std::chrono::hours::max()) == Indices{0});
  CHECK(after(std::chrono::milliseconds::max()) == Indices{0});
  CHECK(after(std::chrono::steady_clock::time_point::max()) == Indices{0});
  CHECK(failure_of([&] { return after(Seconds(std::numeric_limits<double>::quiet_NaN())); }).code() ==
        Errc::bad_value);
}

TEST_CASE("what is there twice is polled once and told twice") {
  const Pipe pipe = make_pipe();
  const Sentinel ready(os::ready_fd().release());
  CHECK(wait({ready, pipe.read.get(), ready.fd(), ready}) == Indices{0, 2, 3});
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  // More entries than poll(2) would take.
  const std::size_t many = std::min<std::size_t>(limit.rlim_cur, 2'000'000) + 1;
  const std::vector<Waitable> objects(many, ready);
  Indices all(many);
  std::iota(all.begin(), all.end(), 0);
  CHECK(wait(objects) == all);
}

TEST_CASE("a descriptor that is negative or not open is refused, and named by its index") {
  const Sentinel ready(os::ready_fd().release());
  const int closed = closed_descriptor();
  CHECK(refusal({ready, -1}).find("object 1: descriptor -1 ") != std::string::npos);
  CHECK(refusal({ready, ready, closed, closed}).find("object 2: descriptor " + std::to_string(closed)) !=
        std::string::npos);
  CHECK(refusal({1 << 30, ready}).find("object 0") != std::string::npos);
}

TEST_CASE("of more descriptors than can be open, the one that is not is named") {
  Child child([](int output) {
    const rlimit limit{64, 64};
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return 1;
    std::vector<Waitable> objects(100, output);
    for (int fd = 100; fd < 200; ++fd) objects.push_back(fd);
    const Error error = failure_of([&] { return wait(objects); });
    if (error.code() != Errc::bad_value) return 2;
    return std::string(error.what()).find("object 100: ") == std::string::npos ? 3 : 0;
  });
  CHECK(child.wait() == ExitStatus::exited(0));
}

TEST_CASE("two thousand pipes are waited for at once") {
  const os::MoreDescriptors more;
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  if (limit.rlim_cur < 4100) {
    MESSAGE("not possible here: no more than ", limit.rlim_cur, " descriptors");
    return;
  }
  std::vector<Pipe> pipes;
  for (int i = 0; i < 2000; ++i) pipes.push_back(make_pipe());
  std::vector<Waitable> objects;
  for (const Pipe& pipe : pipes) objects.push_back(pipe.read.get());
  CHECK(wait(objects, 0ms).empty());
  write_byte(pipes[1999].write.get());
  CHECK(wait(objects) == Indices{1999});
  write_byte(pipes[7].write.get());
  pipes[1000].write.reset();
  CHECK(wait(objects) == Indices{7, 1000, 1999});
}

namespace {

// While it lives, each SIGUSR1 that this process handles interrupts what it waits in, and is told to `handled`.
Pipe* handled_signals = nullptr;

struct Interruptions {
  Pipe handled = make_pipe();
  struct sigaction before {};

  Interruptions() {
    handled_signals = &handled;
    struct sigaction action {};
    action.sa_handler = [](int) {
      const int kept = errno;
      (void)!::write(handled_signals->write.get(), ".", 1);
      errno = kept;
    };
    REQUIRE(::sigaction(SIGUSR1, &action, &before) == 0);
  }
  ~Interruptions() { (void)::sigaction(SIGUSR1, &before, nullptr); }
  Interruptions(const Interruptions&) = delete;
  Interruptions& operator=(const Interruptions&) = delete;

  // Interrupts `whom` in its sleep; false if it is gone.
  bool interrupt(pid_t whom) const {
    for (;;) {
      const auto stat = os::process_stat(whom);
      if (!stat) return false;
      if (stat->state == 'S') break;
      std::this_thread::yield();
    }
    if (::kill(whom, SIGUSR1) != 0) return false;
    (void)read_byte(handled.read.get());
    return true;
  }
};

}  // namespace

TEST_CASE("a signal that is handled does not end a wait") {
  for (const bool has_limit : {false, true}) {
    const Interruptions interruptions;
    const Pipe pipe = make_pipe();
    Child child([&, whom = ::getpid()](int) {
      for (int i = 0; i < 5; ++i)
        if (!interruptions.interrupt(whom)) return 1;
      write_byte(pipe.write.get());
      return 0;
    });
    CHECK((has_limit ? wait({pipe.read.get()}, 24h) : wait({pipe.read.get()})) == Indices{0});
    CHECK(child.wait() == ExitStatus::exited(0));
  }
}

TEST_CASE("signals do not make a wait longer") {
  const Interruptions interruptions;
  const Pipe pipe = make_pipe();
  Child child([&, whom = ::getpid()](int) {
    while (interruptions.interrupt(whom)) {
    }
    return 0;
  });
  const auto begin = std::chrono::steady_clock::now();
  CHECK(wait({pipe.read.get()}, 50ms).empty());
  CHECK(std::chrono::steady_clock::now() - begin >= 50ms);
  child.kill();
  (void)child.wait();
}
