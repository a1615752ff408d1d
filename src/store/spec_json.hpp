// SPDX-License-Identifier: MIT
// What a job was asked to be, as fields of the record's tail.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "brood/job_spec.hpp"

namespace brood::store {

/// Text that need not be UTF-8, without loss: KEY for reading, and KEY_hex where that is not the whole truth. Nothing is
/// added for empty text.
void add_text(nlohmann::ordered_json& fields, const char* key, const std::string& text);
std::string text_from(const nlohmann::ordered_json& fields, const char* key);

void add_spec(nlohmann::ordered_json& fields, const JobSpec& spec);
JobSpec spec_from_json(const nlohmann::ordered_json& fields);

}  // namespace brood::store
