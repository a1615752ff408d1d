// SPDX-License-Identifier: MIT
#include "os/traits.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include "os/child.hpp"
#include "os/fail.hpp"
#include "os/limit_names.hpp"
#include "os/process.hpp"

namespace brood::os {
namespace {

std::optional<rlimit> limit_of(int number) noexcept {
  rlimit limit{};
  if (::getrlimit(static_cast<__rlimit_resource>(number), &limit) != 0) return std::nullopt;
  return limit;
}

void put_on(const TraitLimit& wanted) {
  const auto now = limit_of(wanted.number);
  if (!now || (now->rlim_cur == wanted.soft && now->rlim_max == wanted.hard)) return;
  const rlimit value{wanted.soft, wanted.hard};
  if (::setrlimit(static_cast<__rlimit_resource>(wanted.number), &value) != 0)
    fail("give the job the caller's limit", limit_name(wanted.number));
}

// A process does not change its own, so once is enough; what a fork server has found out, its monitors inherit.
const std::string& own_namespaces() {
  static const std::string all = [] {
    std::string found;
    for (const char* kind : {"mnt", "net", "pid", "ipc", "uts", "user"}) {
      struct stat status;
      if (::stat((std::string("/proc/self/ns/") + kind).c_str(), &status) != 0) continue;
      found += std::string(kind) + ":" + std::to_string(status.st_ino) + " ";
    }
    return found;
  }();
  return all;
}

}  // namespace

int own_nice() noexcept { return ::getpriority(PRIO_PROCESS, 0); }

Traits own_traits() {
  Traits traits;
  traits.umask = own_umask();
  traits.nice = own_nice();
  for (int number = 0; number < RLIM_NLIMITS; ++number)
    if (const auto limit = limit_of(number))
      traits.limits.push_back({number, limit->rlim_cur, limit->rlim_max});
  traits.namespaces = own_namespaces();
  return traits;
}

void put_on(const Traits& traits) {
  if (own_namespaces() != traits.namespaces) fail(EXDEV, "give the job the caller's namespaces", {});
  (void)set_umask(traits.umask);
  if (traits.nice != own_nice() && ::setpriority(PRIO_PROCESS, 0, traits.nice) != 0)
    fail("give the job the caller's nice value", std::to_string(traits.nice));
  for (const TraitLimit& limit : traits.limits) put_on(limit);
}

void make_neutral() {
  (void)own_namespaces();
  if (own_nice() != 0) (void)::setpriority(PRIO_PROCESS, 0, 0);
  if (auto limit = limit_of(RLIMIT_NOFILE)) {
    limit->rlim_cur = limit->rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &*limit);
  }
}

}  // namespace brood::os
