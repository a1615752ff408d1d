// SPDX-License-Identifier: MIT
#include "store/job_dir.hpp"

#include <cerrno>
#include <thread>

#include "base/wire.hpp"
#include "brood/error.hpp"
#include "brood/text.hpp"
#include "os/clock.hpp"
#include "os/file.hpp"
#include "os/trust.hpp"
#include "store/name_index.hpp"
#include "store/names.hpp"

namespace brood::store {
namespace {

// Torn for as long as one write of a page takes; the writer may have been preempted in it, so let it run.
constexpr int torn_reads = 500;
constexpr std::uint64_t most_bytes = 64 * 1024 * 1024;

std::string relative_path(JobId id) { return std::string(names::jobs) + "/" + std::to_string(id); }

}  // namespace

std::optional<JobDir> find_job_dir(const StateDir& state, JobId id) {
  try {
    auto fd = os::find_at(state.fd(), relative_path(id), os::Open::directory);
    if (!fd) return std::nullopt;
    return JobDir{id, state.job_path(id), std::move(*fd)};
  } catch (const Error& problem) {
    // A link or a file: nothing that brood has made.
    if (problem.code() == std::errc::not_a_directory || problem.code().value() == ELOOP) return std::nullopt;
    throw;
  }
}

JobDir make_job_dir(const StateDir& state) {
  for (;;) {
    const JobId id = state.take_id();
    const std::string path = relative_path(id);
    try {
      if (!os::make_directory_at(state.fd(), path, 0700))
        continue;  // a damaged counter: the next number, then
    } catch (const Error& problem) {
      if (problem.code() != std::errc::no_such_file_or_directory) throw;
      (void)os::make_directory_at(state.fd(), names::jobs, 0700);
      if (!os::make_directory_at(state.fd(), path, 0700)) continue;
    }
    return {id, state.job_path(id), os::open_at(state.fd(), path, os::Open::directory)};
  }
}

void remove_job_dir(const StateDir& state, const JobDir& dir, const std::string& name) {
  for (const char* file : names::always_of_job) os::remove_file_at(dir.fd.get(), file);
  if (!name.empty()) remove_from_index(state, name, dir.id);
  if (os::remove_directory_at(state.fd(), relative_path(dir.id))) return;
  for (const char* file : names::rest_of_job) os::remove_file_at(dir.fd.get(), file);
  if (!os::remove_directory_at(state.fd(), relative_path(dir.id)))
    throw Error(std::error_code(ENOTEMPTY, std::system_category()), "remove '" + printable(dir.path) + "'");
}

void check_removable(const JobDir& dir) {
  const auto check = [&dir](const char* file) {
    const auto status = os::status_at(dir.fd.get(), file);
    if (status && status->kind == os::FileKind::directory)
      throw Error(std::error_code(EISDIR, std::system_category()),
                  "remove '" + printable(dir.path) + "/" + file + "'");
  };
  for (const char* file : names::always_of_job) check(file);
  for (const char* file : names::rest_of_job) check(file);
}

void remove_litter(const StateDir& state, JobId id) {
  constexpr std::chrono::minutes new_enough{1};  // a launch fills its directory within milliseconds
  const auto dir = find_job_dir(state, id);
  if (!dir || RecordFile::find(*dir)) return;
  if (os::wall_now() - os::status_of(dir->fd.get()).modified < new_enough) return;
  remove_job_dir(state, *dir, {});
}

std::optional<RecordFile> RecordFile::find(const JobDir& dir, Access access) {
  const auto how = access == Access::read ? os::Open::read : os::Open::read_write;
  try {
    auto found = os::find_file_at(dir.fd.get(), names::record, how);
    if (!found) return std::nullopt;
    return RecordFile(std::move(found->fd), found->size);
  } catch (const Error& problem) {
    if (problem.code() != Errc::bad_value) throw;
    throw Error(Errc::record_damaged, "read record: it is not a regular file");
  }
}

std::optional<RecordFile> RecordFile::find(const StateDir& state, JobId id) {
  const std::string path = relative_path(id);
  const auto dir = os::status_at(state.fd(), path);
  if (!dir || dir->kind != os::FileKind::directory) return std::nullopt;
  os::need_ours(*dir, path, os::Purpose::read);
  auto found = os::find_file_at(state.fd(), path + "/" + names::record, os::Open::read);
  if (!found) return std::nullopt;
  return RecordFile(std::move(found->fd), found->size);
}

RecordFile RecordFile::make(const JobDir& dir, const JobInfo& head, const std::string& tail) {
  // Under another name until it is whole. Nothing is replaced by the rename, so it is cheap.
  const std::string text = head_text(head) + tail;
  os::Fd fd = os::write_new_file_at(dir.fd.get(), names::new_record, text);
  os::rename_at(dir.fd.get(), names::new_record, names::record);
  return RecordFile(std::move(fd), text.size());
}

std::string RecordFile::read(bool& whole) const {
  if (size_ > most_bytes) throw Error(Errc::record_damaged, "read record: it is too large to be one");
  std::string text;
  os::read_at(fd_.get(), 0, static_cast<std::size_t>(size_), text);
  whole = is_whole(text);
  // Only the head can be torn; and one that does not change while others run is not torn, it is damaged.
  std::string head = whole ? std::string() : text.substr(0, head_size);
  for (int unchanged = 0; unchanged < torn_reads && !whole; whole = is_whole(text)) {
    std::this_thread::yield();
    std::string now;
    os::read_at(fd_.get(), 0, head_size, now);
    unchanged = now == head ? unchanged + 1 : 0;
    head = std::move(now);
    if (text.size() >= head.size()) text.replace(0, head.size(), head);
  }
  return text;
}

std::string RecordFile::text() const {
  bool whole = false;
  return read(whole);
}

Record RecordFile::load() const {
  bool whole = false;
  const std::string text = read(whole);
  return parse_record(text, whole);
}

void RecordFile::save_head(const std::string& head) const { os::write_at(fd_.get(), 0, head); }

std::string environment_bytes(const std::map<std::string, std::string>& values) {
  WireWriter writer;
  writer.put(values.size());
  for (const auto& [name, value] : values) {
    writer.put(name);
    writer.put(value);
  }
  return writer.bytes();
}

std::map<std::string, std::string> environment_from(std::string_view bytes) {
  std::map<std::string, std::string> values;
  WireReader reader(bytes);
  for (auto left = reader.integer(); left > 0 && reader.ok(); --left) {
    std::string name(reader.text());
    values[name] = std::string(reader.text());
  }
  // Part of an environment is not what the job was made with.
  if (!reader.at_end()) throw Error(Errc::record_damaged, "read environment: it is damaged");
  return values;
}

void save_environment(const JobDir& dir, const std::string& bytes) {
  (void)os::write_new_file_at(dir.fd.get(), names::environment, bytes);
}

void load_environment(const JobDir& dir, std::map<std::string, std::string>& values) {
  const auto bytes = os::read_file_at(dir.fd.get(), names::environment, most_bytes);
  if (!bytes) return;
  for (auto& [name, value] : environment_from(*bytes)) values[name] = value;
}

}  // namespace brood::store
