// SPDX-License-Identifier: MIT
#include "pool/message.hpp"

#include "base/wire.hpp"
#include "brood/error.hpp"
#include "process/value_bytes.hpp"

namespace brood::pool {
namespace {

void check(bool is_good) {
  if (!is_good) throw Error(Errc::protocol_mismatch, "understand a worker");
}

}  // namespace

std::string encoded(const Arguments& call) {
  return process::value_bytes(
      Value::Array{call.positional, static_cast<const Value::Object&>(call.keywords)});
}

Arguments call_from(std::string_view bytes) {
  const Value call = process::value_from(bytes);
  check(call.kind() == Value::Kind::array && call.array().size() == 2);
  const Value& positional = call.array()[0];
  const Value& keywords = call.array()[1];
  check(positional.kind() == Value::Kind::array && keywords.kind() == Value::Kind::object);
  return {positional.array(), Keywords(keywords.object())};
}

std::string to_bytes(const Task& task) {
  WireWriter out;
  out.put(task.number);
  out.put(task.function);
  out.put(task.calls);
  return out.bytes();
}

Task task_from(std::string_view bytes) {
  WireReader in(bytes);
  Task task;
  task.number = in.integer();
  task.function = in.text();
  task.calls = in.list();
  check(in.at_end());
  return task;
}

std::string to_bytes(const Report& report) {
  WireWriter out;
  out.put(report.kind);
  out.put(report.task);
  out.put(report.text);
  out.put(process::value_bytes(report.value));
  return out.bytes();
}

Report report_from(std::string_view bytes) {
  WireReader in(bytes);
  Report report;
  report.kind = static_cast<Report::Kind>(in.integer());
  report.task = in.integer();
  report.text = in.text();
  const std::string_view value = in.text();
  check(in.at_end() && report.kind >= Report::Kind::ready && report.kind <= Report::Kind::exception);
  report.value = process::value_from(value);
  return report;
}

}  // namespace brood::pool
