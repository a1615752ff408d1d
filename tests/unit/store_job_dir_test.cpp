// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/file.hpp"
#include "os/socket.hpp"
#include "store/job_dir.hpp"
#include "store/names.hpp"
#include "support/child.hpp"
#include "support/failure.hpp"
#include "support/rendezvous.hpp"
#include "unit/store_sample.hpp"

using namespace brood;
using namespace brood::store;
using namespace brood::test;

namespace {

struct Job {
  TempStateDir temp;
  StateDir state = StateDir::make(temp.path());
  JobDir dir = make_job_dir(state);
};

bool exists(const std::string& path) { return os::status_at(os::current_directory(), path).has_value(); }

JobInfo info_of(JobState state) {
  JobInfo info = full_record().info;
  info.id = 1;
  info.state = state;
  return info;
}

}  // namespace

TEST_CASE("a job's directory is made for its owner alone, and found again") {
  const Job job;
  CHECK(job.dir.id == 1);
  CHECK(job.dir.path == job.temp / "jobs/1");
  CHECK(os::status_at(os::current_directory(), job.dir.path)->mode == 0700);
  const auto found = find_job_dir(job.state, 1);
  REQUIRE(found.has_value());
  CHECK(found->id == 1);
  CHECK(found->path == job.dir.path);
  CHECK(os::status_of(found->fd.get()).inode == os::status_of(job.dir.fd.get()).inode);
}

TEST_CASE("a job that is not there is not found") {
  const Job job;
  CHECK_FALSE(find_job_dir(job.state, 2).has_value());
  CHECK_FALSE(RecordFile::find(job.dir).has_value());
}

TEST_CASE("a record is made whole, for its owner alone, and loads") {
  const Job job;
  const auto made = RecordFile::make(job.dir, info_of(JobState::running), tail_text(full_record()));
  CHECK(made.load().info.state == JobState::running);
  const auto found = RecordFile::find(job.dir);
  REQUIRE(found.has_value());
  CHECK(found->load().info.target == full_record().spec.target);
  CHECK(os::status_of(found->fd()).mode == 0600);
  CHECK(os::names_in(job.dir.fd.get()) == std::vector<std::string>{"job.json"});
}

TEST_CASE("a new head changes the record in place") {
  const Job job;
  const auto record = RecordFile::make(job.dir, info_of(JobState::running), tail_text(full_record()));
  const auto before = os::status_of(record.fd());
  record.save_head(head_text(info_of(JobState::exited)));
  const auto reader = RecordFile::find(job.dir);
  CHECK(reader->load().info.state == JobState::exited);
  CHECK(os::status_of(reader->fd()).inode == before.inode);
  CHECK(os::status_of(reader->fd()).size == before.size);
}

TEST_CASE("a record stays readable when its job has been removed") {
  const Job job;
  const auto record = RecordFile::make(job.dir, info_of(JobState::exited), tail_text(full_record()));
  remove_job_dir(job.state, job.dir, "web");
  CHECK(record.load().info.id == 1);
}

TEST_CASE("a reader never sees a torn record, however fast it is rewritten") {
  const Job job;
  const auto record = RecordFile::make(job.dir, info_of(JobState::running), tail_text(full_record()));
  Child writer([&](int output) {
    const std::string heads[] = {head_text(info_of(JobState::running)), head_text(info_of(JobState::exited))};
    for (std::size_t i = 0;; ++i) {
      record.save_head(heads[i % 2]);
      if (i == 0) write_byte(output);
    }
    return 0;
  });
  (void)read_byte(writer.output());
  for (int i = 0; i < 3000; ++i) {
    const JobState state = record.load().info.state;
    if (state != JobState::running && state != JobState::exited) FAIL("a state that was never written");
  }
}

TEST_CASE("a removed job leaves nothing") {
  const Job job;
  const auto make = [&job](const char* name) {
    os::open_at(job.dir.fd.get(), name, os::Open::create).reset();
  };
  for (const char* name : names::always_of_job) make(name);
  for (const char* name : names::rest_of_job) make(name);
  os::remove_file_at(job.dir.fd.get(), names::sentinel);
  os::remove_file_at(job.dir.fd.get(), names::control);
  REQUIRE(os::make_fifo_at(job.dir.fd.get(), names::sentinel));
  const os::Fd socket = os::listen_at(job.dir.fd.get(), job.dir.path, names::control);
  remove_job_dir(job.state, job.dir, "web");
  CHECK_FALSE(exists(job.dir.path));
  CHECK(os::names_in(os::open_at(os::current_directory(), job.temp / "jobs", os::Open::directory).get())
            .empty());
}

TEST_CASE("removing a job twice is no error") {
  const Job job;
  remove_job_dir(job.state, job.dir, "web");
  CHECK_NOTHROW(remove_job_dir(job.state, job.dir, "web"));
}

TEST_CASE("a directory without a record is swept away once it is old") {
  const Job job;
  remove_litter(job.state, 1);
  CHECK(exists(job.dir.path));
  const timespec old[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
  REQUIRE(::futimens(job.dir.fd.get(), old) == 0);
  remove_litter(job.state, 1);
  CHECK_FALSE(exists(job.dir.path));
}

TEST_CASE("a directory with a record is never swept away") {
  const Job job;
  (void)RecordFile::make(job.dir, info_of(JobState::exited), tail_text(full_record()));
  const timespec old[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
  REQUIRE(::futimens(job.dir.fd.get(), old) == 0);
  remove_litter(job.state, 1);
  CHECK(exists(job.dir.path));
}

TEST_CASE("values of the environment are kept byte for byte in a file of the owner's") {
  const Job job;
  const std::map<std::string, std::string> values{
      {"A", ""}, {"B", "caf\xe9\n=x"}, {"N\xff", std::string(5000, 'v')}};
  save_environment(job.dir, environment_bytes(values));
  std::map<std::string, std::string> loaded{{"A", "replaced"}};
  load_environment(job.dir, loaded);
  CHECK(loaded == values);
  CHECK(os::status_at(job.dir.fd.get(), names::environment)->mode == 0600);
}

TEST_CASE("without stored values the environment stays as it is") {
  const Job job;
  std::map<std::string, std::string> values{{"A", "1"}};
  load_environment(job.dir, values);
  CHECK(values == std::map<std::string, std::string>{{"A", "1"}});
}
