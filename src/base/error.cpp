// SPDX-License-Identifier: MIT
#include "brood/error.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

namespace brood {
namespace {

struct ErrcText {
  const char* name;
  const char* words;
};

ErrcText text_of(Errc code) noexcept {
  switch (code) {
    case Errc::bad_value: return {"bad_value", "not acceptable"};
    case Errc::bad_name: return {"bad_name", "not a usable job name"};
    case Errc::no_such_job: return {"no_such_job", "no such job"};
    case Errc::ambiguous_job: return {"ambiguous_job", "several live jobs bear this name"};
    case Errc::name_in_use: return {"name_in_use", "a live job bears this name"};
    case Errc::already_started: return {"already_started", "it was started before"};
    case Errc::not_started: return {"not_started", "it has not been started"};
    case Errc::orphans_alive: return {"orphans_alive", "what it left behind is alive"};
    case Errc::daemonic_child: return {"daemonic_child", "a daemon may have no children"};
    case Errc::parent_gone: return {"parent_gone", "its parent has ended"};
    case Errc::server_unreachable: return {"server_unreachable", "the fork server cannot be reached"};
    case Errc::server_busy: return {"server_busy", "the fork server has jobs"};
    case Errc::server_unfit: return {"server_unfit", "the fork server itself has not got it"};
    case Errc::still_running: return {"still_running", "it is still running"};
    case Errc::exit_unknown: return {"exit_unknown", "the job is lost: how it ended is unknown"};
    case Errc::never_reached: return {"never_reached", "the job can no longer come into that state"};
    case Errc::record_damaged: return {"record_damaged", "the record is damaged"};
    case Errc::record_too_new:
      return {"record_too_new", "the record was written by a later version of brood"};
    case Errc::state_dir_refused: return {"state_dir_refused", "the state directory cannot be trusted"};
    case Errc::monitor_gone: return {"monitor_gone", "the job's monitor does not answer"};
    case Errc::protocol_mismatch:
      return {"protocol_mismatch", "not as this version of brood knows the control protocol"};
    case Errc::not_inside_job: return {"not_inside_job", "this is not inside a job"};
    case Errc::launch_failed: return {"launch_failed", "the target could not be prepared"};
    case Errc::unsupported: return {"unsupported", "not supported here"};
    case Errc::config_damaged: return {"config_damaged", "the configuration is damaged"};
    case Errc::config_too_new:
      return {"config_too_new", "the configuration was written by a later version of brood"};
    case Errc::authentication_failed: return {"authentication_failed", "authentication failed"};
    case Errc::closed: return {"closed", "it was closed"};
    case Errc::not_parent: return {"not_parent", "only the process that made it can do that"};
    case Errc::not_transferable: return {"not_transferable", "only a registered function can be handed over"};
    case Errc::not_initialised: return {"not_initialised", "brood::init() was not called in main()"};
    case Errc::multithreaded: return {"multithreaded", "this process has several threads"};
    case Errc::context_already_set: return {"context_already_set", "the start method has been decided"};
    case Errc::unknown_start_method: return {"unknown_start_method", "no such start method"};
    case Errc::timed_out: return {"timed_out", "the time ran out"};
    case Errc::worker_died: return {"worker_died", "the worker that had the task died"};
    case Errc::task_failed: return {"task_failed", "the task failed"};
    case Errc::pool_closed: return {"pool_closed", "the pool takes no more tasks"};
    case Errc::pool_open: return {"pool_open", "the pool has not been closed"};
    case Errc::pool_terminated: return {"pool_terminated", "the pool was terminated"};
    case Errc::init_failed: return {"init_failed", "no worker comes through its initialiser"};
  }
  return {"unknown", "unknown error"};
}

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "brood"; }
  std::string message(int value) const override { return text_of(static_cast<Errc>(value)).words; }
};

// Where the code only sorts the error, `doing` says all that there is to say.
bool is_said_by_doing(const std::error_code& code) {
  return code == Errc::bad_value || code == Errc::bad_name || code == Errc::record_damaged ||
         code == Errc::state_dir_refused || code == Errc::unsupported || code == Errc::config_damaged ||
         code == Errc::task_failed || code == Errc::worker_died;
}

std::string full_message(const std::error_code& code, const std::string& doing) {
  return is_said_by_doing(code) && !doing.empty() ? doing : doing + ": " + code.message();
}

}  // namespace

const std::error_category& error_category() noexcept {
  static const Category category;
  return category;
}

std::error_code make_error_code(Errc code) noexcept { return {static_cast<int>(code), error_category()}; }

std::string error_code_name(const std::error_code& code) {
  if (code.category() == error_category()) return text_of(static_cast<Errc>(code.value())).name;
  if (const char* name = strerrorname_np(code.value())) return name;
  return std::to_string(code.value());
}

Error::Error(std::error_code code, const std::string& doing, std::string hint)
    : std::system_error(code, doing),
      doing_(doing),
      message_(full_message(code, doing)),
      hint_(std::move(hint)) {}

Error::Error(Errc code, const std::string& doing, std::string hint)
    : Error(make_error_code(code), doing, std::move(hint)) {}

Error& Error::with_exit_status(int status) noexcept {
  exit_status_ = status;
  return *this;
}

Error Error::during(const std::string& outer) const {
  if (doing_.compare(0, outer.size(), outer) == 0) return *this;
  Error wrapped(code(), outer + ": " + doing_, hint_);
  wrapped.exit_status_ = exit_status_;
  return wrapped;
}

}  // namespace brood
