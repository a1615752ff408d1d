// SPDX-License-Identifier: MIT
#include "store/name_index.hpp"

#include <algorithm>
#include <cerrno>

#include "base/checksum.hpp"
#include "brood/error.hpp"
#include "brood/text.hpp"
#include "os/file.hpp"
#include "store/names.hpp"

namespace brood::store {
namespace {

constexpr std::size_t hash_digits = 16;

struct Place {
  std::string bucket;  // "names/3f"
  std::string prefix;  // "3f0a...-"
  std::string entry(JobId id) const { return prefix + std::to_string(id); }
};

Place place_of(const std::string& name) {
  const std::string digits = checksum_text(name);
  return {std::string(names::index) + "/" + digits.substr(0, 2), digits + "-"};
}

// Opened before anything is made or removed in it: a link there leads elsewhere, and is refused.
// Empty if there is none, or no directory.
std::optional<os::Fd> bucket_of(const StateDir& state, const Place& place) {
  try {
    return os::find_at(state.fd(), place.bucket, os::Open::directory);
  } catch (const Error& problem) {
    if (problem.code() == std::errc::not_a_directory || problem.code().value() == ELOOP) return std::nullopt;
    throw;
  }
}

bool has_index(const StateDir& state) {
  const auto index = os::status_at(state.fd(), names::index);
  return index && index->kind == os::FileKind::directory;
}

std::optional<JobId> id_in(const std::string& entry) {
  if (entry.size() <= hash_digits || entry[hash_digits] != '-') return std::nullopt;
  return parse_integer(std::string_view(entry).substr(hash_digits + 1), 1, most_ids);
}

}  // namespace

void make_index(const StateDir& state) { (void)os::make_directory_at(state.fd(), names::index, 0700); }

void add_to_index(const StateDir& state, const std::string& name, JobId id) {
  const Place place = place_of(name);
  auto bucket = bucket_of(state, place);
  if (!bucket) {
    // No index at all, or something else in its place: then all records are read, and to begin one now would hide the
    // jobs there are.
    if (!has_index(state)) return;
    (void)os::make_directory_at(state.fd(), place.bucket, 0700);
    bucket = bucket_of(state, place);
  }
  if (bucket) (void)os::touch_at(bucket->get(), place.entry(id));
}

void remove_from_index(const StateDir& state, const std::string& name, JobId id) noexcept {
  try {
    const Place place = place_of(name);
    if (const auto bucket = bucket_of(state, place)) os::remove_file_at(bucket->get(), place.entry(id));
  } catch (const Error&) {
    // It leads nowhere now; sweep_index() takes it away one day.
  }
}

std::optional<std::vector<JobId>> find_in_index(const StateDir& state, const std::string& name) {
  const Place place = place_of(name);
  std::vector<JobId> ids;
  const auto bucket = bucket_of(state, place);
  if (!bucket) {
    if (!has_index(state) || os::status_at(state.fd(), place.bucket)) return std::nullopt;
    return ids;
  }
  for (const auto& entry : os::names_in(bucket->get()))
    if (entry.compare(0, place.prefix.size(), place.prefix) == 0)
      if (const auto id = id_in(entry)) ids.push_back(*id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

void sweep_index(const StateDir& state) {
  const auto index = os::find_at(state.fd(), names::index, os::Open::directory);
  if (!index) return;
  for (const auto& name : os::names_in(index->get())) {
    const auto status = os::status_at(index->get(), name);
    if (!status || status->kind != os::FileKind::directory) continue;
    const os::Fd bucket = os::open_at(index->get(), name, os::Open::directory);
    for (const auto& entry : os::names_in(bucket.get())) {
      const auto id = id_in(entry);
      if (id && !os::status_at(state.fd(), std::string(names::jobs) + "/" + std::to_string(*id)))
        os::remove_file_at(bucket.get(), entry);
    }
  }
}

}  // namespace brood::store
