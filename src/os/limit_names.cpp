// SPDX-License-Identifier: MIT
#include "os/limit_names.hpp"

#include <sys/resource.h>

#include <array>
#include <utility>

#include "brood/job_spec.hpp"

namespace brood {
namespace {

constexpr std::array<std::pair<std::string_view, int>, 16> limits{{{"as", RLIMIT_AS},
                                                                   {"core", RLIMIT_CORE},
                                                                   {"cpu", RLIMIT_CPU},
                                                                   {"data", RLIMIT_DATA},
                                                                   {"fsize", RLIMIT_FSIZE},
                                                                   {"locks", RLIMIT_LOCKS},
                                                                   {"memlock", RLIMIT_MEMLOCK},
                                                                   {"msgqueue", RLIMIT_MSGQUEUE},
                                                                   {"nice", RLIMIT_NICE},
                                                                   {"nofile", RLIMIT_NOFILE},
                                                                   {"nproc", RLIMIT_NPROC},
                                                                   {"rss", RLIMIT_RSS},
                                                                   {"rtprio", RLIMIT_RTPRIO},
                                                                   {"rttime", RLIMIT_RTTIME},
                                                                   {"sigpending", RLIMIT_SIGPENDING},
                                                                   {"stack", RLIMIT_STACK}}};

}  // namespace

namespace os {

std::optional<int> limit_number(std::string_view name) noexcept {
  for (const auto& [word, number] : limits)
    if (word == name) return number;
  return std::nullopt;
}

std::string_view limit_name(int number) noexcept {
  for (const auto& [word, known] : limits)
    if (known == number) return word;
  return "unknown";
}

}  // namespace os

std::vector<std::string_view> limit_names() {
  std::vector<std::string_view> names;
  for (const auto& [word, number] : limits) names.push_back(word);
  return names;
}

}  // namespace brood
