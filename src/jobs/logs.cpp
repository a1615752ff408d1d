// SPDX-License-Identifier: MIT
#include "brood/logs.hpp"
#include "base/during.hpp"

#include <optional>

#include "brood/error.hpp"
#include "brood/text.hpp"
#include "jobs/liveness.hpp"
#include "os/file.hpp"
#include "os/poll.hpp"
#include "os/watch.hpp"

namespace brood {
namespace {

constexpr std::size_t chunk = 128 * 1024;
using Sink = std::function<bool(std::string_view)>;

// One log file while it is read. The writer appends; a tool that rotates may cut it short in place.
class Source {
 public:
  Source(const std::string& path, os::Fd file) : path_(path), file_(std::move(file)) {}

  const std::string& path() const noexcept { return path_; }
  bool is_same(const os::FileStatus& other) const {
    const os::FileStatus own = os::status_of(file_.get());
    return own.device == other.device && own.inode == other.inode;
  }
  void skip_to_last_lines(std::size_t lines);
  /// Shows what there is; false when the sink has had enough.
  bool show(const Sink& sink);

 private:
  std::string path_;
  os::Fd file_;
  std::uint64_t offset_ = 0;
  std::string buffer_;
};

// Backwards in chunks, so that the size of the log does not matter.
void Source::skip_to_last_lines(std::size_t lines) {
  std::uint64_t end = os::status_of(file_.get()).size;
  offset_ = end;
  if (lines == 0) return;
  std::size_t breaks = 0;
  bool is_last_byte = true;  // the line break that ends the last line begins no other
  while (end > 0) {
    const std::uint64_t start = end > chunk ? end - chunk : 0;
    os::read_at(file_.get(), start, static_cast<std::size_t>(end - start), buffer_);
    for (std::size_t i = buffer_.size(); i-- > 0; is_last_byte = false)
      if (buffer_[i] == '\n' && !is_last_byte && ++breaks == lines) {
        offset_ = start + i + 1;
        return;
      }
    end = start;
  }
  offset_ = 0;
}

bool Source::show(const Sink& sink) {
  if (os::status_of(file_.get()).size < offset_) offset_ = 0;  // cut short: what comes now is new
  for (;;) {
    os::read_at(file_.get(), offset_, chunk, buffer_);
    if (buffer_.empty()) return true;
    offset_ += buffer_.size();
    if (!sink(buffer_)) return false;
  }
}

// One job's sources and the sign of its end.
struct Followed {
  std::vector<Source> sources;
  std::optional<jobs::OpenJob> job;
  os::Fd end;
};

void add_source(const JobInfo& info, const std::string& path, std::vector<Source>& sources) {
  auto file = os::find_at(os::current_directory(), path, os::Open::read_nonblock);
  if (!file || os::status_of(file->get()).kind != os::FileKind::regular) {
    if (info.state == JobState::created) return;
    throw Error(Errc::unsupported, "show the output of job " + std::to_string(info.id) + ": '" +
                                       printable(path) + "' is not a file that can be read back");
  }
  for (const Source& source : sources)
    if (source.is_same(os::status_of(file->get()))) return;
  sources.emplace_back(path, std::move(*file));
}

std::vector<Source> sources_of(const JobInfo& info, LogStream stream) {
  if (info.state == JobState::damaged)
    throw Error(Errc::record_damaged,
                "show the output of job " + std::to_string(info.id) + ": " + info.problem);
  std::vector<Source> sources;
  const bool is_one_file = info.stdout_log == info.stderr_log;
  if (stream != LogStream::both && is_one_file && !info.stdout_log.empty())
    throw Error(Errc::unsupported,
                "show one stream of job " + std::to_string(info.id) + ": both are in one log",
                "start it with --split-logs to keep them apart");
  if (stream != LogStream::standard_error && !info.stdout_log.empty())
    add_source(info, info.stdout_log, sources);
  if (stream != LogStream::standard_output && !info.stderr_log.empty())
    add_source(info, info.stderr_log, sources);
  if (info.stdout_log.empty() && info.stderr_log.empty())
    throw Error(Errc::unsupported,
                "show the output of job " + std::to_string(info.id) + ": it was not captured");
  return sources;
}

bool show_all(std::vector<Followed>& jobs, const Sink& sink) {
  for (auto& job : jobs)
    for (auto& source : job.sources)
      if (!source.show(sink)) return false;
  return true;
}

void follow(std::vector<Followed>& jobs, const Sink& sink) {
  os::Watch watch;
  for (const auto& job : jobs)
    for (const auto& source : job.sources) (void)watch.add(source.path());
  for (;;) {
    // Ends first, then the output: what was written before an end is shown after having seen it.
    std::vector<pollfd> fds{{watch.fd(), POLLIN, 0}};
    for (auto& job : jobs) {
      // Not the end yet where only the keepers have gone.
      if (job.end && os::is_ready(job.end.get())) job.end = jobs::watch_end(*job.job);
      if (job.end) fds.push_back({job.end.get(), POLLIN, 0});
    }
    watch.drain();
    if (!show_all(jobs, sink) || fds.size() == 1) return;
    os::Deadline until;
    if (!watch.works()) until = os::steady_now() + std::chrono::milliseconds(200);
    (void)os::poll(fds, until);
  }
}

}  // namespace

void read_logs(Registry& registry, const std::vector<JobId>& jobs, const LogOptions& options,
               const std::function<bool(std::string_view)>& sink) {
  std::vector<Followed> followed;
  const auto open = [&](JobId id) {
    const JobInfo info = registry.info(id);
    if (options.follow && info.state == JobState::created)
      throw Error(Errc::not_started, "follow the output of job " + std::to_string(id));
    Followed job{sources_of(info, options.stream), {}, {}};
    if (options.last_lines)
      for (auto& source : job.sources) source.skip_to_last_lines(*options.last_lines);
    if (options.follow && is_live(info.state))
      if (const auto state = store::StateDir::find(registry.path())) job.job = jobs::open_job(*state, id);
    if (job.job) job.end = jobs::watch_end(*job.job);
    return job;
  };
  for (const JobId id : jobs)
    followed.push_back(during("show the output of job " + std::to_string(id), [&] { return open(id); }));
  if (options.follow)
    follow(followed, sink);
  else
    (void)show_all(followed, sink);
}

}  // namespace brood
