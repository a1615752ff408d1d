// SPDX-License-Identifier: MIT
// The words for the public enumerations. One table each, read in both directions.
#include <array>
#include <utility>

#include "brood/job_spec.hpp"
#include "brood/job_state.hpp"
#include "brood/start_method.hpp"

namespace brood {
namespace {

template <class Enum, std::size_t N>
using Table = std::array<std::pair<Enum, std::string_view>, N>;

constexpr Table<StartMethod, 3> start_method_words{
    {{StartMethod::fork, "fork"}, {StartMethod::spawn, "spawn"}, {StartMethod::forkserver, "forkserver"}}};
constexpr Table<JobState, 8> job_states{{{JobState::created, "created"},
                                         {JobState::running, "running"},
                                         {JobState::restarting, "restarting"},
                                         {JobState::stopping, "stopping"},
                                         {JobState::exited, "exited"},
                                         {JobState::orphaned, "orphaned"},
                                         {JobState::lost, "lost"},
                                         {JobState::damaged, "damaged"}}};
constexpr Table<OrphanPolicy, 3> orphan_policies{
    {{OrphanPolicy::leave, "leave"}, {OrphanPolicy::wait, "wait"}, {OrphanPolicy::terminate, "terminate"}}};

template <class Enum, std::size_t N>
std::string_view word_of(const Table<Enum, N>& table, Enum value) noexcept {
  for (const auto& [key, word] : table)
    if (key == value) return word;
  return "unknown";
}

template <class Enum, std::size_t N>
std::optional<Enum> value_of(const Table<Enum, N>& table, std::string_view word) noexcept {
  for (const auto& [key, name] : table)
    if (name == word) return key;
  return std::nullopt;
}

}  // namespace

std::array<StartMethod, 3> start_methods() noexcept {
  return {StartMethod::fork, StartMethod::spawn, StartMethod::forkserver};
}

std::string_view to_string(StartMethod method) noexcept { return word_of(start_method_words, method); }
std::optional<StartMethod> parse_start_method(std::string_view word) noexcept {
  return value_of(start_method_words, word);
}

std::string_view to_string(JobState state) noexcept { return word_of(job_states, state); }
std::optional<JobState> parse_job_state(std::string_view word) noexcept { return value_of(job_states, word); }

std::string_view to_string(OrphanPolicy policy) noexcept { return word_of(orphan_policies, policy); }
std::optional<OrphanPolicy> parse_orphan_policy(std::string_view word) noexcept {
  return value_of(orphan_policies, word);
}

bool is_live(JobState state) noexcept {
  return state == JobState::running || state == JobState::restarting || state == JobState::stopping ||
         state == JobState::orphaned;
}

bool is_over(JobState state) noexcept { return state == JobState::exited || state == JobState::lost; }

}  // namespace brood
