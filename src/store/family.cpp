// SPDX-License-Identifier: MIT
#include "store/family.hpp"

#include <string>

#include "brood/error.hpp"
#include "brood/text.hpp"
#include "os/file.hpp"
#include "os/lock.hpp"
#include "store/job_dir.hpp"
#include "store/names.hpp"
#include "store/record.hpp"

namespace brood::store {
namespace {

constexpr std::size_t most_bytes = 64 * 1024 * 1024;
constexpr std::size_t line_size = 14;  // most_ids has 13 digits

}  // namespace

std::optional<std::int64_t> add_child(const StateDir& state, JobId parent, JobId child) {
  const auto dir = find_job_dir(state, parent);
  if (!dir || !RecordFile::find(*dir)) return std::nullopt;
  const os::Fd file = os::open_file_at(dir->fd.get(), names::children, os::Open::create);
  os::lock(file.get(), os::Lock::exclusive);
  // Part of a line is left where a writer had no space: it is written over.
  const auto lines = os::status_of(file.get()).size / line_size;
  std::string line = std::to_string(child);
  line.resize(line_size - 1, ' ');
  os::write_at(file.get(), lines * line_size, line + "\n");
  return static_cast<std::int64_t>(lines) + 1;
}

std::string tail_of_child(const StateDir& state, JobId parent, const std::string& parent_identity,
                          JobId child, const std::string& tail) {
  const auto place = add_child(state, parent, child);
  return place ? tail_with_identity(tail, parent_identity + ":" + std::to_string(*place)) : tail;
}

std::vector<JobId> children_of(const StateDir& state, JobId parent) {
  const std::string path = std::string(names::jobs) + "/" + std::to_string(parent) + "/" + names::children;
  try {
    if (const auto text = os::read_file_at(state.fd(), path, most_bytes)) return children_from(*text);
  } catch (const Error& problem) {
    // Nothing that brood has made. The children are there all the same, and so is whatever asks for those of other jobs.
    if (problem.code() != Errc::bad_value) throw;
  }
  return {};
}

std::vector<JobId> children_from(std::string_view text) {
  std::vector<JobId> children;
  for (std::size_t at = 0; at + line_size <= text.size(); at += line_size) {
    const std::string_view line = text.substr(at, line_size - 1);
    if (const auto id = parse_integer(line.substr(0, line.find(' ')), 1, most_ids)) children.push_back(*id);
  }
  return children;
}

}  // namespace brood::store
