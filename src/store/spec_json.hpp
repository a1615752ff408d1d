// SPDX-License-Identifier: MIT
// What a job was asked to be, as fields of the record's tail.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "brood/job_spec.hpp"

namespace brood::store {

/// The `options` of a record, a JSON object: what differs from the defaults.
std::string options_text(const JobSpec& spec);

/// Text as ObjectText::text() wrote it.
std::string text_from(const nlohmann::ordered_json& fields, const char* key);
JobSpec spec_from_json(const nlohmann::ordered_json& fields);

}  // namespace brood::store
