// SPDX-License-Identifier: MIT
// The record of a job, format version 1: one JSON document in two parts.
//
//   head   the first `head_size` bytes: what changes while the job lives, padded with spaces to a fixed length, so that
//          a change is one write in place, within one page, that needs no free space and no rename
//   tail   the rest: what is fixed when the job is made
//
// A reader may look while the head is being written. The head therefore begins with a checksum of itself; one that
// does not match is read again, and only what stays wrong is damaged.
#pragma once

#include <string>
#include <string_view>

#include "brood/job_info.hpp"
#include "brood/job_spec.hpp"

namespace brood::store {

inline constexpr int record_version = 1;
inline constexpr std::size_t head_size = 2048;

/// A record as it stands on disk: the job, and what it was asked to be, for a later launch.
struct Record {
  JobInfo info;
  JobSpec spec;
};

/// The head of `info`, `head_size` bytes. An overlong `reason` is cut. `more` are further fields, as JSON: `,"key":value`.
std::string head_text(const JobInfo& info, std::string_view more = {});
/// The same as a JSON object, without checksum and padding, and the way back. parse_head() throws as parse_record() does.
std::string head_object(const JobInfo& info, std::string_view more = {});
JobInfo parse_head(std::string_view object);
/// The fields in a head that this version does not know, as `more` for head_text().
std::string unknown_fields(std::string_view text);
/// A JSON object as a head: without "check", which is added. Throws Errc::bad_value if it is too long.
std::string sealed_head(std::string_view object);
std::string tail_text(const Record& record);
/// The tail of a job that is child of another, once its place there is known.
std::string tail_with_identity(const std::string& tail, const std::string& identity);

/// False as long as the head is torn.
bool is_whole(std::string_view text);
/// Throws Errc::record_damaged or record_too_new.
Record parse_record(std::string_view text);
/// The same for those who have just asked: `whole` is is_whole(text), which looks at every byte of a head.
Record parse_record(std::string_view text, bool whole);

/// The head of `text` with another name; what it holds besides, also what only later versions know, stays.
std::string head_with_name(std::string_view text, const std::string& name);

}  // namespace brood::store
