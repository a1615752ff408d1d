// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>

#include "os/file.hpp"
#include "os/traits.hpp"
#include "support/child.hpp"
#include "support/failure.hpp"
#include "support/privileges.hpp"

using namespace brood;
using namespace brood::test;

namespace {

os::TraitLimit& limit_in(os::Traits& traits, int number) {
  return *std::find_if(traits.limits.begin(), traits.limits.end(),
                       [number](const os::TraitLimit& limit) { return limit.number == number; });
}

// Does `body` in a process of its own, and returns what it says.
std::string apart(const std::function<std::string()>& body) {
  Child child([&](int output) {
    std::string words;
    try {
      words = body();
    } catch (const Error& problem) {
      words = problem.what();
    }
    os::write_all(output, words);
    return 0;
  });
  std::string words = child.read_output();
  CHECK(child.wait() == ExitStatus::exited(0));
  return words;
}

std::string files_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return std::to_string(limit.rlim_cur) + " " + std::to_string(limit.rlim_max);
}

}  // namespace

TEST_CASE("the traits of a process are its umask, its nice value and all its limits") {
  CHECK(apart([] {
          ::umask(0123);
          const int nice = ::getpriority(PRIO_PROCESS, 0);
          ::setpriority(PRIO_PROCESS, 0, nice + 1);
          const rlimit less{50, 60};
          ::setrlimit(RLIMIT_NOFILE, &less);
          os::Traits traits = os::own_traits();
          const os::TraitLimit files = limit_in(traits, RLIMIT_NOFILE);
          return std::to_string(traits.umask == 0123) + std::to_string(traits.nice == nice + 1) + " " +
                 std::to_string(files.soft) + " " + std::to_string(files.hard) + " " +
                 std::to_string(traits.limits.size() == RLIM_NLIMITS) + std::to_string(::umask(0) == 0123);
        }) == "11 50 60 11");
}

TEST_CASE("a process can be given traits, and has them then") {
  os::Traits traits = os::own_traits();
  traits.umask = 0707;
  traits.nice += 2;
  auto& files = limit_in(traits, RLIMIT_NOFILE);
  files.soft = 33;
  files.hard = 44;
  CHECK(apart([&] {
          os::put_on(traits);
          return std::to_string(os::own_nice() == traits.nice) + " " + files_limit() + " " +
                 std::to_string(::umask(0) == 0707);
        }) == "1 33 44 1");
}

TEST_CASE("traits that a process has already need no privileges") {
  CHECK(apart([] {
          const rlimit less{50, 60};
          ::setrlimit(RLIMIT_NOFILE, &less);
          give_up_privileges({CAP_SYS_RESOURCE, CAP_SYS_NICE});
          os::put_on(os::own_traits());
          return files_limit();
        }) == "50 60");
}

TEST_CASE("a soft limit goes back up without privileges, a hard one does not, and says which it was") {
  os::Traits traits = os::own_traits();
  auto& files = limit_in(traits, RLIMIT_NOFILE);
  files.soft = files.hard = 60;
  CHECK(apart([&] {
          const rlimit less{50, 60};
          ::setrlimit(RLIMIT_NOFILE, &less);
          give_up_privileges({CAP_SYS_RESOURCE});
          os::put_on(traits);
          return files_limit();
        }) == "60 60");
  files.hard = 61;
  const std::string refused = apart([&] {
    const rlimit less{50, 60};
    ::setrlimit(RLIMIT_NOFILE, &less);
    give_up_privileges({CAP_SYS_RESOURCE});
    os::put_on(traits);
    return std::string("done");
  });
  CHECK(refused == "give the job the caller's limit 'nofile': Operation not permitted");
}

TEST_CASE("a nice value does not go back without privileges") {
  const os::Traits traits = os::own_traits();
  const std::string refused = apart([&] {
    ::setpriority(PRIO_PROCESS, 0, traits.nice + 3);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_NICE, &none);
    give_up_privileges({CAP_SYS_NICE, CAP_SYS_RESOURCE});
    os::Traits wanted = os::own_traits();
    wanted.nice = traits.nice;
    os::put_on(wanted);
    return std::string("done");
  });
  CHECK(refused.substr(0, 35) == "give the job the caller's nice valu");
}

TEST_CASE("who serves others is as nice as allowed, and has all the descriptors that it may") {
  CHECK(apart([] {
          const rlimit less{50, 60};
          ::setrlimit(RLIMIT_NOFILE, &less);
          os::make_neutral();
          return files_limit();
        }) == "60 60");
  // Where it is not allowed, nothing happens.
  CHECK(apart([] {
          const int nice = os::own_nice() + 5;
          ::setpriority(PRIO_PROCESS, 0, nice);
          const rlimit none{0, 0};
          ::setrlimit(RLIMIT_NICE, &none);
          give_up_privileges({CAP_SYS_NICE});
          os::make_neutral();
          return std::to_string(os::own_nice() == nice);
        }) == "1");
}
