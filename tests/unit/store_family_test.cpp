// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>

#include "os/file.hpp"
#include "store/family.hpp"
#include "store/job_dir.hpp"
#include "store/record.hpp"
#include "support/child.hpp"
#include "support/failure.hpp"
#include "support/temp_dir.hpp"
#include "unit/store_sample.hpp"

using namespace brood;
using namespace brood::store;
using namespace brood::test;

namespace {

struct Place {
  TempStateDir dir;
  StateDir state = StateDir::make(dir.path());

  JobId make_job() const {
    const JobDir job = make_job_dir(state);
    Record record = full_record();
    record.info.id = job.id;
    (void)RecordFile::make(job, record.info, tail_text(record));
    return job.id;
  }
  std::string list_of(JobId id) const { return dir / ("jobs/" + std::to_string(id) + "/children"); }
};

}  // namespace

TEST_CASE("children have places in the order in which they come") {
  const Place place;
  const JobId parent = place.make_job();
  CHECK(children_of(place.state, parent).empty());
  CHECK(add_child(place.state, parent, 12) == 1);
  CHECK(add_child(place.state, parent, 7) == 2);
  CHECK(add_child(place.state, parent, most_ids) == 3);
  CHECK(children_of(place.state, parent) == std::vector<JobId>{12, 7, most_ids});
  CHECK(os::status_at(os::current_directory(), place.list_of(parent))->mode == 0600);
}

TEST_CASE("each parent has children of its own") {
  const Place place;
  const JobId first = place.make_job(), second = place.make_job();
  CHECK(add_child(place.state, first, 10) == 1);
  CHECK(add_child(place.state, second, 11) == 1);
  CHECK(children_of(place.state, first) == std::vector<JobId>{10});
  CHECK(children_of(place.state, second) == std::vector<JobId>{11});
}

TEST_CASE("a parent that there is not has no children and gets none") {
  const Place place;
  CHECK(children_of(place.state, 99).empty());
  CHECK_FALSE(add_child(place.state, 99, 1).has_value());
  const JobDir without_record = make_job_dir(place.state);
  CHECK_FALSE(add_child(place.state, without_record.id, 1).has_value());
  CHECK(os::names_in(without_record.fd.get()).empty());
}

TEST_CASE("part of a line, where a writer had no space, is no child and is written over") {
  const Place place;
  const JobId parent = place.make_job();
  (void)add_child(place.state, parent, 12);
  os::write_all(os::open_at(os::current_directory(), place.list_of(parent), os::Open::append).get(), "345");
  CHECK(children_of(place.state, parent) == std::vector<JobId>{12});
  CHECK(add_child(place.state, parent, 13) == 2);
  CHECK(children_of(place.state, parent) == std::vector<JobId>{12, 13});
}

TEST_CASE("lines that are no numbers are passed over, and keep their places") {
  const Place place;
  const JobId parent = place.make_job();
  (void)add_child(place.state, parent, 12);
  os::write_all(os::open_at(os::current_directory(), place.list_of(parent), os::Open::append).get(),
                std::string(13, '?') + "\n" + std::string(13, '\0') + "\n" + "0            \n");
  CHECK(add_child(place.state, parent, 13) == 5);
  CHECK(children_of(place.state, parent) == std::vector<JobId>{12, 13});
}

TEST_CASE("children that come at the same time have each its own place") {
  const Place place;
  const JobId parent = place.make_job();
  std::vector<Child> writers;
  for (JobId i = 0; i < 4; ++i)
    writers.emplace_back([&, i](int) {
      for (JobId n = 1; n <= 25; ++n) (void)add_child(place.state, parent, i * 25 + n);
      return 0;
    });
  for (Child& writer : writers) CHECK(writer.wait() == ExitStatus::exited(0));
  const auto all = children_of(place.state, parent);
  CHECK(all.size() == 100);
  CHECK(std::set<JobId>(all.begin(), all.end()).size() == 100);
}

TEST_CASE("the record of a child tells its identity") {
  const Place place;
  const JobId parent = place.make_job();
  Record record = full_record();
  const std::string tail = tail_text(record);
  const auto identity_after = [&](JobId of, const std::string& identity) {
    return parse_record(head_text(record.info) + tail_of_child(place.state, of, identity, 50, tail))
        .info.identity;
  };
  CHECK(identity_after(parent, "Process-1") == "Process-1:1");
  CHECK(identity_after(parent, "Process-1") == "Process-1:2");
  CHECK(identity_after(parent, "Process-1:7") == "Process-1:7:3");
  // Whose parent has been closed meanwhile is nobody's child.
  CHECK(identity_after(99, "Process-99") == "Process-" + std::to_string(record.info.id));
  CHECK(tail_of_child(place.state, 99, "Process-99", 50, tail) == tail);
}

TEST_CASE("an identity leaves the rest of the record as it was") {
  const Record record = full_record();
  const Record read =
      parse_record(head_text(record.info) + tail_with_identity(tail_text(record), "Process-1:2"));
  CHECK(read.info.identity == "Process-1:2");
  CHECK(read.info.host == record.info.host);
  CHECK(read.info.cwd == record.info.cwd);
  CHECK(read.info.parent.job == record.info.parent.job);
  CHECK(read.spec.target == record.spec.target);
}
