// SPDX-License-Identifier: MIT
// Every file name in the state directory.
#pragma once

namespace brood::store::names {

inline constexpr const char* next_id = "next-id";
inline constexpr const char* config = "config.json";
inline constexpr const char* name_locks = "names.lock";
inline constexpr const char* index = "names";
inline constexpr const char* authkey = "authkey";  // of the state directory, and of a job that has its own
inline constexpr const char* new_authkey = "authkey.new";
inline constexpr const char* old_authkeys = "authkeys";
inline constexpr const char* jobs = "jobs";

inline constexpr const char* server_dir = "forkserver";
inline constexpr const char* server_socket = "socket";
inline constexpr const char* server_lock = "lock";
inline constexpr const char* server_record = "record";

inline constexpr const char* record = "job.json";
inline constexpr const char* new_record = "job.json.new";
inline constexpr const char* sentinel = "sentinel";
inline constexpr const char* new_sentinel = "sentinel.new";
inline constexpr const char* control = "control";
inline constexpr const char* environment = "environment";
inline constexpr const char* children = "children";
inline constexpr const char* output_log = "output.log";
inline constexpr const char* stdout_log = "stdout.log";
inline constexpr const char* stderr_log = "stderr.log";

/// All that a job's directory may hold. The record comes first: without it the rest is no job any more. Then what a job
/// in the foreground has besides.
inline constexpr const char* always_of_job[] = {record, sentinel, control};
inline constexpr const char* rest_of_job[] = {new_record, new_sentinel, environment, children,
                                              authkey,    output_log,   stdout_log,  stderr_log};

}  // namespace brood::store::names
