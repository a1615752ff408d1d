// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "brood/error.hpp"
#include "brood/text.hpp"
#include "os/file.hpp"
#include "os/process.hpp"
#include "store/config.hpp"
#include "store/names.hpp"

namespace brood::store {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t most_bytes = 1024 * 1024;
constexpr int most_depth = 64;
// No job's name has a slash, so this slot is nobody else's.
constexpr const char* lock_slot_name = "/config.json";

std::string reading(const StateDir& state) {
  return "read '" + printable(state.path() + "/" + names::config) + "'";
}

[[noreturn]] void refuse(const std::string& why) {
  throw Error(Errc::config_damaged, "it is damaged: " + why,
              "brood start-method METHOD, such as fork, replaces it");
}

// Empty if there is none.
std::optional<std::string> text_of(const StateDir& state) {
  std::optional<os::FoundFile> file;
  try {
    file = os::find_file_at(state.fd(), names::config, os::Open::read);
  } catch (const Error& problem) {
    if (problem.code() == Errc::bad_value) refuse("not a regular file");
    throw;
  }
  if (!file) return std::nullopt;
  if (file->size > most_bytes) refuse("too large");
  return os::read_all(file->fd.get(), most_bytes);
}

Json fields_from(std::string_view text) {
  // What is nested without end can be read, but not written again: that takes stack for each level.
  Json fields = Json::parse(
      text,
      [](int depth, Json::parse_event_t, const Json&) {
        if (depth > most_depth) refuse("nested too deep");
        return true;
      },
      false);
  if (!fields.is_object()) refuse("not a JSON object");
  const auto version = fields.find("version");
  if (version == fields.end() || !version->is_number_integer() || *version < 1) refuse("no format version");
  if (*version > config_version)
    throw Error(Errc::config_too_new, "format version " + version->dump(),
                "--method and BROOD_START_METHOD do without it");
  return fields;
}

// What a setter goes on from: of what is no configuration, nothing.
std::string text_to_change(const StateDir& state) {
  try {
    return text_of(state).value_or("");
  } catch (const Error& problem) {
    if (problem.code() != Errc::config_damaged) throw;
  }
  return {};
}

Json fields_to_change(std::string_view text) {
  try {
    return fields_from(text);
  } catch (const Error& problem) {
    if (problem.code() != Errc::config_damaged) throw;
  }
  return {{"version", config_version}};
}

void replace(const StateDir& state, const std::string& text) {
  const os::PrivateUmask umask;
  try {
    os::replace_file_at(state.fd(), names::config, text);
  } catch (const Error& problem) {
    throw problem.during("write '" + printable(state.path() + "/" + names::config) + "'");
  }
}

}  // namespace

Config parse_config(std::string_view text) {
  Config config;
  const Json fields = fields_from(text);
  if (const auto method = fields.find("start_method"); method != fields.end()) {
    if (method->is_string()) config.start_method = parse_start_method(method->get_ref<const std::string&>());
    if (!config.start_method) refuse("start_method is none of fork, spawn and forkserver");
  }
  return config;
}

std::string config_with(std::string_view text, StartMethod method) {
  Json fields = fields_to_change(text);
  fields["start_method"] = to_string(method);
  return fields.dump() + "\n";
}

Config load_config(const StateDir& state) {
  try {
    const auto text = text_of(state);
    return text ? parse_config(*text) : Config{};
  } catch (const Error& problem) {
    throw problem.during(reading(state));
  }
}

void save_start_method(const StateDir& state, StartMethod method) {
  const os::Fd lock = state.lock_name(lock_slot_name);
  std::string text;
  try {
    text = config_with(text_to_change(state), method);
  } catch (const Error& problem) {
    throw problem.during(reading(state));
  }
  replace(state, text);
}

}  // namespace brood::store
