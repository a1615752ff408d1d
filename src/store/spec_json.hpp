// SPDX-License-Identifier: MIT
// What a job was asked to be, as fields of the record's tail.
#pragma once

#include <string>

#include "brood/job_spec.hpp"
#include "store/json_view.hpp"

namespace brood::store {

/// The `options` of a record, a JSON object: what differs from the defaults.
std::string options_text(const JobSpec& spec);

/// Text as ObjectText::text() wrote it.
std::string text_from(const JsonView& fields, const char* key);
JobSpec spec_from_json(const JsonView& fields);

}  // namespace brood::store
