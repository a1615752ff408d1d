// SPDX-License-Identifier: MIT
#include "process/birth.hpp"

#include "base/wire.hpp"
#include "brood/error.hpp"
#include "process/value_bytes.hpp"

namespace brood::process {
namespace {

// Both ends are the same program, but perhaps not the same build of it.
constexpr std::string_view magic = "brood child 2";

void put(WireWriter& out, const std::vector<int>& numbers) {
  out.put(numbers.size());
  for (const int number : numbers) out.put(number);
}

std::vector<int> numbers_from(WireReader& in) {
  std::vector<int> numbers;
  for (std::int64_t left = in.integer(); left > 0 && in.ok(); --left)
    numbers.push_back(static_cast<int>(in.integer()));
  return numbers;
}

void put(WireWriter& out, const Birth& birth) {
  out.put(magic);
  out.put(birth.name);
  put(out, birth.identity);
  out.put(birth.daemon);
  out.put(birth.allow_children);
  out.put(birth.method ? static_cast<int>(*birth.method) : -1);
  const auto key = birth.key.value().bytes();
  out.put(std::string_view(reinterpret_cast<const char*>(key.data()), key.size()));
  out.put(birth.parent);
  out.put(birth.parent_name);
  out.put(birth.parent_pidfd);
  out.put(birth.new_session);
  out.put(birth.death_signal);
  out.put(birth.target);
  out.put(value_bytes(birth.arguments.positional));
  out.put(value_bytes(static_cast<const Value::Object&>(birth.arguments.keywords)));
}

[[noreturn]] void refuse() { throw Error(Errc::protocol_mismatch, "be born"); }

StartMethod method_from(std::int64_t value) {
  for (const StartMethod method : start_methods())
    if (static_cast<std::int64_t>(method) == value) return method;
  refuse();
}

Birth take_birth(WireReader& in) {
  if (in.text() != magic) refuse();
  Birth birth;
  birth.name = in.text();
  birth.identity = numbers_from(in);
  birth.daemon = in.integer() != 0;
  birth.allow_children = in.integer() != 0;
  if (const auto method = in.integer(); method >= 0) birth.method = method_from(method);
  const std::string_view key = in.text();
  birth.parent = static_cast<pid_t>(in.integer());
  birth.parent_name = in.text();
  birth.parent_pidfd = static_cast<int>(in.integer());
  birth.new_session = in.integer() != 0;
  birth.death_signal = static_cast<int>(in.integer());
  birth.target = in.text();
  const std::string_view positional = in.text();
  const std::string_view keywords = in.text();
  if (!in.ok() || key.empty()) refuse();
  birth.key = ProcessKey(std::as_bytes(std::span(key)));
  const Value list = value_from(positional);
  const Value map = value_from(keywords);
  if (list.kind() != Value::Kind::array || map.kind() != Value::Kind::object) refuse();
  birth.arguments.positional = list.array();
  birth.arguments.keywords = map.object();
  return birth;
}

}  // namespace

std::string to_bytes(const Birth& birth) {
  WireWriter out;
  put(out, birth);
  return out.bytes();
}

Birth birth_from(std::string_view bytes) {
  WireReader in(bytes);
  Birth birth = take_birth(in);
  if (!in.at_end()) refuse();
  return birth;
}

std::string to_bytes(const Birth& birth, const Upbringing& upbringing) {
  WireWriter out;
  put(out, birth);
  out.put(upbringing.environment);
  out.put(upbringing.traits.umask);
  out.put(upbringing.traits.nice);
  out.put(upbringing.traits.limits.size());
  for (const os::TraitLimit& limit : upbringing.traits.limits) {
    out.put(limit.number);
    out.put(limit.soft);
    out.put(limit.hard);
  }
  out.put(upbringing.traits.namespaces);
  out.put(upbringing.group);
  out.put(upbringing.image);
  for (const bool has : upbringing.has_stream) out.put(has);
  put(out, upbringing.pass_fds);
  return out.bytes();
}

std::pair<Birth, Upbringing> birth_and_upbringing_from(std::string_view bytes) {
  WireReader in(bytes);
  std::pair<Birth, Upbringing> both{take_birth(in), {}};
  Upbringing& upbringing = both.second;
  upbringing.environment = in.list();
  upbringing.traits.umask = static_cast<unsigned>(in.integer());
  upbringing.traits.nice = static_cast<int>(in.integer());
  for (std::int64_t left = in.integer(); left > 0 && in.ok(); --left) {
    os::TraitLimit limit;
    limit.number = static_cast<int>(in.integer());
    limit.soft = static_cast<unsigned long long>(in.integer());
    limit.hard = static_cast<unsigned long long>(in.integer());
    upbringing.traits.limits.push_back(limit);
  }
  upbringing.traits.namespaces = in.text();
  upbringing.group = static_cast<pid_t>(in.integer());
  upbringing.image = in.text();
  for (bool& has : upbringing.has_stream) has = in.integer() != 0;
  upbringing.pass_fds = numbers_from(in);
  if (!in.at_end()) refuse();
  return both;
}

}  // namespace brood::process
